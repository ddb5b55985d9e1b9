/** Publishing: one door for one event, batches, NDJSON and CloudEvents; the media type says which. */
import { Type } from 'typebox';
import { cloudEvent } from '../shape/cloud-event.ts';
import { eventInput, receipt } from '../shape/event.ts';
import { problem } from '../shape/problem.ts';
import { route } from './route.ts';

export const mediaTypes = {
  json: 'application/json',
  ndjson: 'application/x-ndjson',
  cloudEvent: 'application/cloudevents+json',
  cloudEventBatch: 'application/cloudevents-batch+json',
} as const;

/** What each line of NDJSON is answered with, in the order of the lines; blank lines count and have no answer. */
const publishedLine = Type.Union(
  [
    Type.Object({ line: Type.Integer({ minimum: 1 }), receipt }),
    Type.Object({ line: Type.Integer({ minimum: 1 }), problem }),
  ],
  { title: 'PublishedLine' },
);

export const publishEvents = route({
  name: 'publishEvents',
  method: 'POST',
  path: '/api/v1/events',
  noun: 'event',
  summary: 'Publish one event, an array of them, NDJSON, or CloudEvents 1.0 (structured, batch, binary).',
  description:
    'All events of a request are stored or none; with `partial=true` the good ones are, and `refused` names the others. ' +
    'NDJSON of any length is stored as it comes and answered a line a line, with status 200; a bad line does not stop ' +
    'the others. In the binary mode of CloudEvents, `ce-` headers are the attributes and the body is the data. ' +
    'With `Idempotency-Key` a repeated request stores nothing and gets the first receipts. ' +
    'A `traceparent` header is that of all events that bring none.',
  action: 'events.publish',
  status: 201,
  consumes: Object.values(mediaTypes),
  produces: [mediaTypes.json],
  shape: {
    query: Type.Object({ partial: Type.Optional(Type.Boolean()) }, { additionalProperties: false }),
    headers: Type.Object({
      'idempotency-key': Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
      traceparent: Type.Optional(Type.String({ description: 'W3C Trace Context' })),
    }),
    body: Type.Union([eventInput, Type.Array(eventInput)]),
    reply: Type.Object(
      {
        receipts: Type.Array(Type.Union([receipt, Type.Null()]), { description: 'null where an event was refused' }),
        refused: Type.Optional(Type.Array(Type.Object({ index: Type.Integer(), problem }))),
      },
      { title: 'PublishReply' },
    ),
  },
  bodies: {
    [mediaTypes.ndjson]: eventInput,
    [mediaTypes.cloudEvent]: cloudEvent,
    [mediaTypes.cloudEventBatch]: Type.Array(cloudEvent),
  },
  replies: {
    200: { description: 'Of NDJSON; the schema is that of a line', type: mediaTypes.ndjson, shape: publishedLine },
  },
});
