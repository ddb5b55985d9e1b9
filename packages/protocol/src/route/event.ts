/** Events one by one: by id, with what they followed from, verified, and found by their words. */
import { Type } from 'typebox';
import { event, uuid } from '../shape/event.ts';
import { count, eventParams, queryOf, tenant } from '../shape/page.ts';
import { mediaTypes } from './publish.ts';
import { route } from './route.ts';

const nothing = queryOf({});

export const getEvent = route({
  name: 'getEvent',
  method: 'GET',
  path: '/api/v1/events/:event_id',
  noun: 'event',
  summary: 'One event; with `Accept: application/cloudevents+json` as a CloudEvent.',
  action: 'events.read',
  produces: [mediaTypes.json, mediaTypes.cloudEvent],
  shape: { params: eventParams, query: nothing, reply: event },
});

const chainNode = Type.Object(
  {
    event_id: uuid,
    event: Type.Union([event, Type.Null()], { description: 'null when it is missing' }),
    missing: Type.Union([Type.Object({ reason: Type.Enum(['expired', 'other_tenant', 'not_recorded']) }), Type.Null()]),
    depth: count,
    parent: Type.Union([uuid, Type.Null()]),
  },
  { title: 'ChainNode' },
);

export const getEventChain = route({
  name: 'getEventChain',
  method: 'GET',
  path: '/api/v1/events/:event_id/chain',
  noun: 'event',
  summary: 'What an event followed from, up to the root, and everything that followed from it.',
  action: 'events.read',
  shape: {
    params: eventParams,
    query: queryOf({ limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000 })), tenant }),
    reply: Type.Object(
      { event_id: uuid, nodes: Type.Array(chainNode), truncated: Type.Boolean() },
      { title: 'EventChain' },
    ),
  },
});

export const verifyEvent = route({
  name: 'verifyEvent',
  method: 'GET',
  path: '/api/v1/events/:event_id/verification',
  noun: 'event',
  summary: 'Whether the recorded event is still what was recorded: its checksum, computed anew.',
  action: 'events.verify',
  shape: {
    params: eventParams,
    query: nothing,
    reply: Type.Object({
      verifications: Type.Array(
        Type.Object(
          {
            event_id: uuid,
            valid: Type.Boolean(),
            log: Type.Optional(Type.Integer()),
            position: Type.Optional(Type.Integer()),
            checksum: Type.Optional(Type.String()),
            computed: Type.Optional(Type.String()),
          },
          { title: 'Verification' },
        ),
      ),
    }),
  },
});

const foundText = Type.Object(
  {
    ...event.properties,
    rank: Type.Number({ description: 'BM25; only the order of one answer means something' }),
    snippet: Type.Object({
      text: Type.String(),
      matches: Type.Array(Type.Array(Type.Integer()), { description: 'offset and length in characters' }),
    }),
  },
  { title: 'FoundText' },
);

export const fullTextSearch = route({
  name: 'fullTextSearch',
  method: 'GET',
  path: '/api/v1/events/text',
  noun: 'event',
  summary: 'The events whose text matches: words, "phrases", OR, -not; best first.',
  action: 'events.read',
  shape: {
    query: queryOf({
      query: Type.String({ minLength: 1 }),
      deviceUuid: Type.Optional(uuid),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
      tenant,
    }),
    reply: Type.Object(
      {
        events: Type.Array(foundText),
        ranked: Type.Integer({ description: 'events that were ranked: the newest that have the words' }),
        complete: Type.Boolean({ description: 'whether these were all there are' }),
      },
      { title: 'TextPage' },
    ),
  },
});
