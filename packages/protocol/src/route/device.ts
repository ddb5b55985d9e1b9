/** One device: its timeline, how it is, and its state at any time. */
import { Type } from 'typebox';
import { event, instant, uuid } from '../shape/event.ts';
import { count, daysBack, deviceParams, eventPage, list, pageQuery, queryOf, tenant } from '../shape/page.ts';
import { mediaTypes } from './publish.ts';
import { route } from './route.ts';

export const getDeviceTimeline = route({
  name: 'getDeviceTimeline',
  method: 'GET',
  path: '/api/v1/devices/:uuid/events',
  noun: 'device',
  summary: 'Everything that happened on a device, as it happened.',
  action: 'device.read',
  produces: [mediaTypes.json, mediaTypes.cloudEventBatch],
  shape: {
    params: deviceParams,
    query: queryOf({
      sinceDate: Type.Optional(instant),
      untilDate: Type.Optional(instant),
      eventTypes: list(),
      includeSampled: Type.Optional(Type.Boolean()),
      order: Type.Optional(Type.Enum(['asc', 'desc'])),
      ...pageQuery(10_000),
    }),
    reply: eventPage,
  },
});

const score = Type.Number({ minimum: 0, maximum: 100 });

export const getDeviceSummary = route({
  name: 'getDeviceSummary',
  method: 'GET',
  path: '/api/v1/devices/:uuid/summary',
  noun: 'device',
  summary: 'What a device did in the last days, and how well it is.',
  action: 'device.read',
  shape: {
    params: deviceParams,
    query: queryOf({ daysBack, tenant }),
    reply: Type.Object(
      {
        total_events: count,
        event_type_breakdown: Type.Record(Type.String(), count),
        critical_events: count,
        last_activity: Type.Union([instant, Type.Null()]),
        health_score: score,
        health: Type.Object({}, { additionalProperties: true, description: 'the parts of the score' }),
      },
      { title: 'DeviceSummary' },
    ),
  },
});

export const aggregateByPeriod = route({
  name: 'aggregateByPeriod',
  method: 'GET',
  path: '/api/v1/devices/:uuid/periods',
  noun: 'device',
  summary: "Counts a device's events by type and hour, day, week or month of a time zone.",
  action: 'device.read',
  shape: {
    params: deviceParams,
    query: queryOf({
      period: Type.Enum(['hour', 'day', 'week', 'month']),
      dateFrom: instant,
      dateTo: instant,
      timeZone: Type.Optional(Type.String({ description: 'IANA name, such as Europe/Vienna. Default UTC' })),
      emptyPeriods: Type.Optional(Type.Boolean()),
      tenant,
    }),
    reply: Type.Object({
      periods: Type.Array(
        Type.Object({ period_start: instant, event_type: Type.String(), count }, { title: 'PeriodCount' }),
      ),
    }),
  },
});

export const getDeviceHealthTrends = route({
  name: 'getDeviceHealthTrends',
  method: 'GET',
  path: '/api/v1/devices/:uuid/health',
  noun: 'device',
  summary: 'The health of a device, day by day.',
  action: 'device.read',
  shape: {
    params: deviceParams,
    query: queryOf({ daysBack, tenant }),
    reply: Type.Object({
      days: Type.Array(
        Type.Object(
          {
            day: Type.String({ description: 'UTC day' }),
            online_events: count,
            offline_events: count,
            errors: count,
            warnings: count,
            health_score: score,
          },
          { title: 'HealthOfDay' },
        ),
      ),
    }),
  },
});

const state = Type.Object({}, { additionalProperties: true });

const snapshot = Type.Object(
  {
    timestamp: instant,
    target_state: Type.Unknown(),
    current_state: Type.Unknown(),
    event_count: count,
    state,
    ignored: Type.Array(uuid, { description: 'events that came too late to be folded' }),
  },
  { title: 'DeviceSnapshot' },
);

export const createSnapshot = route({
  name: 'createSnapshot',
  method: 'GET',
  path: '/api/v1/devices/:uuid/state',
  noun: 'device',
  summary: "A device's state at a time.",
  action: 'device.read',
  shape: { params: deviceParams, query: queryOf({ at: instant, tenant }), reply: snapshot },
});

const window = { from: instant, to: instant, tenant };

export const compareStates = route({
  name: 'compareStates',
  method: 'GET',
  path: '/api/v1/devices/:uuid/changes',
  noun: 'device',
  summary: "What changed in a device's state between two times, and which events changed it.",
  action: 'device.read',
  shape: {
    params: deviceParams,
    query: queryOf(window),
    reply: Type.Object(
      {
        time1_snapshot: snapshot,
        time2_snapshot: snapshot,
        changes: Type.Array(
          Type.Object({
            field: Type.String({ description: 'JSON pointer' }),
            old_value: Type.Optional(Type.Unknown({ description: 'left out where the path was not there' })),
            new_value: Type.Optional(Type.Unknown({ description: 'left out where the path is no longer there' })),
            events_involved: Type.Array(uuid),
          }),
        ),
      },
      { title: 'StateComparison' },
    ),
  },
});

export const replayEvents = route({
  name: 'replayEvents',
  method: 'GET',
  path: '/api/v1/devices/:uuid/replay',
  noun: 'device',
  summary: 'Every event of a window, in order, a line each; the last line has the state at its end.',
  description:
    'Any number of events, as fast as they are read. The last line has `final_state`; an answer without it was cut short.',
  action: 'device.read',
  produces: [mediaTypes.ndjson],
  lines: true,
  shape: {
    params: deviceParams,
    query: queryOf(window),
    reply: Type.Union([Type.Object({ event }), Type.Object({ events_replayed: count, final_state: state })], {
      title: 'ReplayLine',
    }),
  },
});
