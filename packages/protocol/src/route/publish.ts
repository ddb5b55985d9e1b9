/** Publishing: one door for one event, batches, NDJSON and CloudEvents; the media type says which. */
import { Type } from 'typebox';
import { eventInput, receipt } from '../shape/event.ts';
import { problem } from '../shape/problem.ts';
import { route } from './route.ts';

export const mediaTypes = {
  json: 'application/json',
  ndjson: 'application/x-ndjson',
  cloudEvent: 'application/cloudevents+json',
  cloudEventBatch: 'application/cloudevents-batch+json',
} as const;

export const publishEvents = route({
  name: 'publishEvents',
  method: 'POST',
  path: '/api/v1/events',
  noun: 'event',
  summary: 'Publish one event, an array of them, NDJSON, or CloudEvents 1.0 (structured, batch, binary).',
  description:
    'All events of a request are stored or none; with `partial=true` the good ones are, and `refused` names the others. ' +
    'NDJSON of any length is stored as it comes, and answered a line a line. ' +
    'With `Idempotency-Key` a repeated request stores nothing and gets the first receipts.',
  action: 'events.publish',
  status: 201,
  consumes: Object.values(mediaTypes),
  produces: [mediaTypes.json, mediaTypes.ndjson],
  shape: {
    query: Type.Object({ partial: Type.Optional(Type.Boolean()) }, { additionalProperties: false }),
    headers: Type.Object({
      'idempotency-key': Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
    }),
    body: Type.Union([eventInput, Type.Array(eventInput)]),
    reply: Type.Object(
      {
        receipts: Type.Array(Type.Union([receipt, Type.Null()])),
        refused: Type.Optional(Type.Array(Type.Object({ index: Type.Integer(), problem }))),
      },
      { $id: 'PublishReply' },
    ),
  },
});
