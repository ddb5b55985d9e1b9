/** Searching: all criteria of the library as query parameters, newest first. */
import { actorTypes, categories, outcomes, severities } from '@telltale/catalogue';
import { Type } from 'typebox';
import { cursor, instant, uuid } from '../shape/event.ts';
import { eventPage, list, queryOf, tenant } from '../shape/page.ts';
import { mediaTypes } from './publish.ts';
import { route } from './route.ts';

const shared = {
  filter: Type.Optional(Type.String({ description: "Telltale's filter grammar" })),
  text: Type.Optional(Type.String()),
  deviceUuid: Type.Optional(uuid),
  eventTypes: list(),
  aggregateTypes: list(),
  dateFrom: Type.Optional(instant),
  dateTo: Type.Optional(instant),
  severity: list(severities),
  correlationId: Type.Optional(uuid),
  causationId: Type.Optional(uuid),
  outcome: list(outcomes),
  category: list(categories),
  tenant,
  cursor: Type.Optional(cursor),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000 })),
  offset: Type.Optional(Type.Integer({ minimum: 0, maximum: 100_000 })),
  total: Type.Optional(Type.Boolean({ description: 'whether all matching events are to be counted as well' })),
};

export const searchEvents = route({
  name: 'searchEvents',
  method: 'GET',
  path: '/api/v1/events',
  noun: 'event',
  summary: 'The events that all criteria hold for, newest first.',
  action: 'events.read',
  produces: [mediaTypes.json, mediaTypes.cloudEventBatch],
  shape: {
    query: queryOf({
      ...shared,
      actorType: Type.Optional(Type.Enum([...actorTypes])),
      actorId: Type.Optional(Type.String()),
      tags: Type.Optional(
        Type.Array(Type.String({ pattern: '^[^=]+=', description: 'name=value' }), { maxItems: 100 }),
      ),
    }),
    reply: eventPage,
  },
});

export const searchByCriteria = route({
  name: 'searchByCriteria',
  method: 'POST',
  path: '/api/v1/events/search',
  noun: 'event',
  summary: "The same, with the library's criteria as JSON.",
  action: 'events.read',
  produces: [mediaTypes.json, mediaTypes.cloudEventBatch],
  shape: {
    body: Type.Object(
      {
        ...shared,
        actor: Type.Optional(
          Type.Object(
            { type: Type.Optional(Type.Enum([...actorTypes])), id: Type.Optional(Type.String()) },
            { additionalProperties: false },
          ),
        ),
        tags: Type.Optional(Type.Record(Type.String(), Type.String())),
      },
      { additionalProperties: false, title: 'SearchCriteria' },
    ),
    reply: eventPage,
  },
});
