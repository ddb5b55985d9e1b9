/** The catalogue: which event types there are, and new ones at run time. */
import { categories, severities, tiers } from '@telltale/catalogue';
import { Type } from 'typebox';
import { queryOf } from '../shape/page.ts';
import { route } from './route.ts';

const schema = Type.Object({}, { additionalProperties: true, description: 'JSON Schema of the data' });
const days = Type.Union([Type.Integer({ minimum: 1 }), Type.Null()], { description: 'null: for ever' });
const interval = Type.Union([Type.Object({ interval: Type.Integer({ minimum: 1 }) }), Type.Null()]);
const changes = Type.Array(Type.Object({}, { additionalProperties: true }));

const eventType = Type.Object(
  {
    name: Type.String(),
    version: Type.Integer(),
    aggregate: Type.String(),
    description: Type.String(),
    category: Type.Enum([...categories]),
    severity: Type.Enum([...severities]),
    tier: Type.Enum([...tiers]),
    days,
    personal: Type.Array(Type.String()),
    repetitive: interval,
    sampled: Type.Boolean(),
    summary: Type.String(),
    icon: Type.String(),
    state: changes,
    schema,
    versions: Type.Array(Type.Integer()),
    registered: Type.Boolean({ description: 'whether it was registered at run time' }),
  },
  { title: 'EventType' },
);

export const describeEventTypes = route({
  name: 'describeEventTypes',
  method: 'GET',
  path: '/api/v1/event-types',
  noun: 'event type',
  summary: 'All event types, with their schemas.',
  action: 'event_types.read',
  shape: { query: queryOf({}), reply: Type.Object({ eventTypes: Type.Array(eventType) }) },
});

export const getEventType = route({
  name: 'getEventType',
  method: 'GET',
  path: '/api/v1/event-types/:name',
  noun: 'event type',
  summary: 'One event type.',
  action: 'event_types.read',
  shape: { params: Type.Object({ name: Type.String() }), query: queryOf({}), reply: eventType },
});

export const registerEventType = route({
  name: 'registerEventType',
  method: 'POST',
  path: '/api/v1/event-types',
  noun: 'event type',
  summary: 'Registers an event type, or a new version of one.',
  description:
    'Types are of all tenants, so the token must not be confined to one. Registering the same again is well.',
  action: 'event_types.register',
  allTenants: true,
  status: 201,
  shape: {
    body: Type.Object(
      {
        name: Type.String({ minLength: 1, maxLength: 100 }),
        description: Type.String(),
        schema,
        version: Type.Optional(Type.Integer({ minimum: 1 })),
        aggregate: Type.Optional(Type.String()),
        versioned: Type.Optional(
          Type.Boolean({ description: 'of a new aggregate: whether its streams carry versions' }),
        ),
        category: Type.Optional(Type.Enum([...categories])),
        severity: Type.Optional(Type.Enum([...severities])),
        tier: Type.Optional(Type.Enum([...tiers])),
        days: Type.Optional(days),
        personal: Type.Optional(Type.Array(Type.String())),
        repetitive: Type.Optional(interval),
        sampled: Type.Optional(Type.Boolean()),
        summary: Type.Optional(Type.String()),
        icon: Type.Optional(Type.String()),
        state: Type.Optional(changes),
      },
      { additionalProperties: false, title: 'EventTypeRegistration' },
    ),
    reply: eventType,
  },
});
