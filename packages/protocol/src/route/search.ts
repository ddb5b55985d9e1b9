/** Searching: all criteria of the library as query parameters, newest first. */
import { categories, outcomes, severities } from '@telltale/catalogue';
import { Type } from 'typebox';
import { cursor, event, instant, uuid } from '../shape/event.ts';
import { route } from './route.ts';

const list = (words?: readonly string[]) =>
  Type.Optional(Type.Array(words === undefined ? Type.String() : Type.Enum([...words]), { maxItems: 1000 }));

/** A page of events, and where the next one begins. */
export const eventPage = Type.Object(
  { events: Type.Array(event), nextCursor: Type.Union([cursor, Type.Null()]), total: Type.Optional(Type.Integer()) },
  { $id: 'EventPage' },
);

export const searchEvents = route({
  name: 'searchEvents',
  method: 'GET',
  path: '/api/v1/events',
  noun: 'event',
  summary: 'The events that all criteria hold for, newest first.',
  action: 'events.read',
  shape: {
    query: Type.Object(
      {
        filter: Type.Optional(Type.String({ description: "Telltale's filter grammar" })),
        text: Type.Optional(Type.String()),
        deviceUuid: Type.Optional(uuid),
        eventTypes: list(),
        aggregateTypes: list(),
        dateFrom: Type.Optional(instant),
        dateTo: Type.Optional(instant),
        severity: list(severities),
        actorType: Type.Optional(Type.String()),
        actorId: Type.Optional(Type.String()),
        tags: Type.Optional(Type.Array(Type.String({ description: 'name=value' }), { maxItems: 100 })),
        correlationId: Type.Optional(uuid),
        causationId: Type.Optional(uuid),
        outcome: list(outcomes),
        category: list(categories),
        tenant: Type.Optional(Type.String()),
        cursor: Type.Optional(cursor),
        limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
        offset: Type.Optional(Type.Integer({ minimum: 0 })),
        total: Type.Optional(Type.Boolean()),
      },
      { additionalProperties: false },
    ),
    reply: eventPage,
  },
});
