/** Anything that is not a device: a job, a user, a rule. */
import { Type } from 'typebox';
import { instant } from '../shape/event.ts';
import { eventPage, pageQuery, queryOf } from '../shape/page.ts';
import { mediaTypes } from './publish.ts';
import { route } from './route.ts';

export const getAggregateEvents = route({
  name: 'getAggregateEvents',
  method: 'GET',
  path: '/api/v1/aggregates/:type/:id/events',
  noun: 'aggregate',
  summary: 'Everything that happened to one aggregate, oldest first.',
  action: 'events.read',
  produces: [mediaTypes.json, mediaTypes.cloudEventBatch],
  shape: {
    params: Type.Object({
      type: Type.String({ minLength: 1, maxLength: 50 }),
      id: Type.String({ minLength: 1, maxLength: 255 }),
    }),
    query: queryOf({ since: Type.Optional(instant), ...pageQuery(10_000) }),
    reply: eventPage,
  },
});
