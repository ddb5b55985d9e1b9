/** The log itself: every event once, in the order in which it was recorded. */
import { severities, tiers } from '@telltale/catalogue';
import { Type } from 'typebox';
import { cursor, event, uuid } from '../shape/event.ts';
import { list, pageQuery, queryOf } from '../shape/page.ts';
import { route } from './route.ts';

const gap = Type.Object(
  {
    tier: Type.Enum([...tiers]),
    log: Type.Optional(Type.Integer()),
    position: Type.Optional(Type.Integer({ description: 'everything of the tier up to here is gone' })),
  },
  { title: 'Gap' },
);

export const readAll = route({
  name: 'readAll',
  method: 'GET',
  path: '/api/v1/log',
  noun: 'log',
  summary:
    'A page of everything behind a cursor, in the order of the log; without one, from the start of what is kept.',
  action: 'events.read',
  shape: {
    query: queryOf({
      ...pageQuery(10_000),
      eventTypes: list(),
      deviceUuid: Type.Optional(uuid),
      minSeverity: Type.Optional(Type.Enum([...severities])),
      tiers: list(tiers),
    }),
    reply: Type.Object(
      {
        events: Type.Array(event),
        cursor,
        gaps: Type.Array(gap, { description: 'what retention dropped before the reader came to it' }),
        atHead: Type.Boolean(),
      },
      { title: 'LogPage' },
    ),
  },
});
