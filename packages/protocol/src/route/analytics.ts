/** Questions about many events at once. */
import { severities, tiers } from '@telltale/catalogue';
import { Type } from 'typebox';
import { instant, uuid } from '../shape/event.ts';
import { count, daysBack, queryOf, tenant } from '../shape/page.ts';
import { route } from './route.ts';

const nullable = <Schema extends ReturnType<typeof Type.Number> | ReturnType<typeof Type.String>>(schema: Schema) =>
  Type.Union([schema, Type.Null()]);
const counts = (words: readonly string[]) => Type.Object(Object.fromEntries(words.map((word) => [word, count])));

export const getStats = route({
  name: 'getStats',
  method: 'GET',
  path: '/api/v1/stats',
  noun: 'analytics',
  summary: 'What was recorded in the last days: by type, severity, tier and day.',
  action: 'analytics.read',
  shape: {
    query: queryOf({ daysBack, tenant }),
    reply: Type.Object(
      {
        total_events: count,
        by_type: Type.Record(Type.String(), count),
        by_severity: counts(severities),
        by_tier: counts(tiers),
        by_day: Type.Array(Type.Object({ day: Type.String(), count })),
        active_devices: count,
        logs: Type.Array(
          Type.Object({
            log: Type.Integer(),
            retention_tier: Type.Enum([...tiers]),
            head: count,
            floor: count,
            live: count,
          }),
          { description: 'empty for one tenant' },
        ),
        oldest: Type.Union([instant, Type.Null()]),
        newest: Type.Union([instant, Type.Null()]),
      },
      { title: 'EventStats' },
    ),
  },
});

export const getMostActiveDevices = route({
  name: 'getMostActiveDevices',
  method: 'GET',
  path: '/api/v1/analytics/active-devices',
  noun: 'analytics',
  summary: 'The devices with the most events.',
  action: 'analytics.read',
  shape: {
    query: queryOf({ daysBack, limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000 })), tenant }),
    reply: Type.Object({
      devices: Type.Array(
        Type.Object(
          { device_uuid: uuid, event_count: count, error_count: count, warning_count: count, last_event: instant },
          { title: 'ActiveDevice' },
        ),
      ),
    }),
  },
});

export const getEventHourlyDistribution = route({
  name: 'getEventHourlyDistribution',
  method: 'GET',
  path: '/api/v1/analytics/hours',
  noun: 'analytics',
  summary: 'How many events come at which hour of the day.',
  action: 'analytics.read',
  shape: {
    query: queryOf({ daysBack, tenant }),
    reply: Type.Object({
      hours: Type.Array(
        Type.Object(
          { hour_of_day: Type.Integer({ minimum: 0, maximum: 23 }), avg_events: Type.Number(), peak_events: count },
          { title: 'HourOfDay' },
        ),
      ),
    }),
  },
});

export const getEventCorrelations = route({
  name: 'getEventCorrelations',
  method: 'GET',
  path: '/api/v1/analytics/correlations',
  noun: 'analytics',
  summary: 'What follows an event type, or comes before it, beyond chance.',
  action: 'analytics.read',
  shape: {
    query: queryOf({
      eventType: Type.String({ minLength: 1 }),
      daysBack,
      window: Type.Optional(Type.Integer({ minimum: 1, maximum: 43_200, description: 'seconds' })),
      anchors: Type.Optional(Type.Integer({ minimum: 10, maximum: 20_000 })),
      tenant,
    }),
    reply: Type.Object({
      correlations: Type.Array(
        Type.Object(
          {
            correlated_event_type: Type.String(),
            direction: Type.Enum(['follows', 'precedes']),
            correlation_strength: Type.Number(),
            avg_time_between_seconds: nullable(Type.Number()),
            support: Type.Number(),
            expected: Type.Number(),
            anchors: count,
            devices: count,
            lift: nullable(Type.Number()),
            z: Type.Number(),
            q: Type.Number(),
            explanation: nullable(Type.String()),
          },
          { title: 'EventCorrelation' },
        ),
      ),
    }),
  },
});

const selection = Type.Object(
  {
    device_uuid: Type.Optional(Type.Union([uuid, Type.Array(uuid)])),
    event_types: Type.Optional(Type.Array(Type.String())),
    event_ids: Type.Optional(Type.Array(uuid)),
    from: Type.Optional(instant),
    to: Type.Optional(instant),
    severity_min: Type.Optional(Type.Enum([...severities])),
    tenant: Type.Optional(Type.String()),
  },
  { additionalProperties: false, title: 'EventSelection' },
);

export const getEventDifference = route({
  name: 'getEventDifference',
  method: 'POST',
  path: '/api/v1/analytics/difference',
  noun: 'analytics',
  summary: 'Which attributes single a set of events out against another.',
  action: 'analytics.read',
  shape: {
    body: Type.Object(
      {
        selection,
        baseline: Type.Optional(selection),
        sample: Type.Optional(Type.Integer({ minimum: 10, maximum: 20_000 })),
        limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
        tenant,
      },
      { additionalProperties: false },
    ),
    reply: Type.Object({
      differences: Type.Array(
        Type.Object(
          {
            attribute: Type.String(),
            value: Type.String(),
            selection_count: count,
            selection_share: Type.Number(),
            baseline_count: count,
            baseline_share: Type.Number(),
            risk_difference: Type.Number(),
            g2: Type.Number(),
            q: Type.Number(),
          },
          { title: 'EventDifference' },
        ),
      ),
    }),
  },
});
