/** The simulated fleet: what it tells is valid, in order, the same for the same seed, and hangs together. */
import type { DataOf, FleetEventInput, FleetEventName } from '@telltale/catalogue';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Registry } from '../../store/src/catalogue/registry.ts';
import { defaultLimits, prepareEvent } from '../../store/src/event/prepare.ts';
import { Fleet } from '../src/index.ts';

const seeds = [1, 2, 7] as const;
// About 80 s of a fleet each: everybody joins, and the first rollout reaches the last device.
const told = new Map(seeds.map((seed) => [seed, new Fleet({ seed, rate: 400 }).take(20_000)]));

function dataOf<Name extends FleetEventName>(event: FleetEventInput): DataOf<Name> {
  return event.data as DataOf<Name>;
}

const ofType = (events: readonly FleetEventInput[], ...types: FleetEventName[]): FleetEventInput[] =>
  events.filter((event) => types.includes(event.event_type));

/** Devices -> their events, in order. */
function byDevice(events: readonly FleetEventInput[]): FleetEventInput[][] {
  const found = new Map<unknown, FleetEventInput[]>();
  for (const event of events) found.set(event.device_uuid, [...(found.get(event.device_uuid) ?? []), event]);
  return [...found.values()];
}

// 30 s: 20,000 schemas and hashes take one on an idle machine, and seven beside other tests.
describe.each(seeds)('a fleet of seed %i', { timeout: 30_000 }, (seed) => {
  const events = told.get(seed) as FleetEventInput[];

  test('tells 20,000 events that the log takes, of about 650 bytes', () => {
    const registry = new Registry();

    const bytes = events.map((event) => prepareEvent(event, registry, defaultLimits).bytes);

    const mean = bytes.reduce((sum, one) => sum + one, 0) / bytes.length;
    expect(mean).toBeGreaterThan(550);
    expect(mean).toBeLessThan(750);
  });

  test('tells of many kinds of things, most of them telemetry', () => {
    const types = new Set(events.map((event) => event.event_type));

    expect(types.size).toBeGreaterThan(55);
    expect(ofType(events, 'device.heartbeat').length).toBeGreaterThan(events.length * 0.15);
  });

  test('tells in order of time, with ids of their own', () => {
    const times = events.map((event) => String(event.timestamp));

    expect(times).toEqual([...new Set(times)].sort());
    expect(new Set(events.map((event) => event.event_id)).size).toBe(events.length);
  });

  test('names causes that came before, on the same story', () => {
    const known = new Map(events.map((event, index) => [event.event_id, index]));

    for (const [index, event] of events.entries()) {
      if (event.causation_id == null) continue;
      const cause = known.get(event.causation_id) ?? Number.POSITIVE_INFINITY;
      expect(cause).toBeLessThan(index);
      const { correlation_id: story, event_id: id } = events[cause] as FleetEventInput;
      expect(event.correlation_id).toBe(story ?? id);
    }
  });

  test('says a heartbeat only of devices that are online', () => {
    for (const life of byDevice(events)) {
      let online = false;
      for (const { event_type: type } of life) {
        if (type === 'device.online') online = true;
        if (type === 'device.mqtt_disconnected' || type === 'device.offline') online = false;
        if (type === 'device.mqtt_connected') online = true;
        if (type === 'device.heartbeat') expect(online).toBe(true);
      }
    }
  });

  test('leads every job from the queue over the start to one end', () => {
    const jobs = new Map<string, string[]>();
    for (const event of events) {
      if (!event.event_type.startsWith('job.')) continue;
      const { job_id: id } = dataOf<'job.queued'>(event);
      jobs.set(id, [...(jobs.get(id) ?? []), event.event_type.slice(4)]);
    }

    expect(jobs.size).toBeGreaterThan(100);
    for (const steps of jobs.values()) {
      expect(steps.join(' ')).toMatch(/^queued( started( progress)*( (completed|failed|timeout|cancelled))?)?$/);
    }
  });

  test('updates firmware from what the device had, and tries again what failed', () => {
    for (const life of byDevice(events)) {
      let version: unknown;
      for (const event of ofType(life, 'device.firmware_updated')) {
        const { old_version: old, new_version: next } = dataOf<'device.firmware_updated'>(event);
        if (version !== undefined) expect(old).toBe(version);
        version = next;
      }
    }
    const failed = ofType(events, 'job.failed').filter((event) => dataOf<'job.failed'>(event).job_type === 'update');
    expect(failed.length).toBeGreaterThan(3);
    for (const event of failed.filter((one) => dataOf<'job.failed'>(one).will_retry)) {
      const next = events.find((one) => one.causation_id === event.event_id);
      // The last ones of the 20,000 are tried again later.
      if (next !== undefined) expect(next.event_type).toBe('job.queued');
    }
  });

  test('rolls a firmware out in waves', () => {
    const [first] = ofType(events, 'target_state.config_changed').filter(
      (event) => event.data && 'reason' in event.data,
    );
    const starts = ofType(events, 'target_state.config_changed')
      .filter((event) => event.correlation_id === first?.correlation_id)
      .map((event) => Date.parse(String(event.timestamp)));
    const pauses = starts.slice(1).map((time, index) => time - (starts[index] ?? 0));

    expect(starts.length).toBeGreaterThan(150);
    // 80 life seconds between waves, at a tempo of 20 life seconds a second.
    expect(pauses.filter((pause) => pause > 2000).length).toBeGreaterThanOrEqual(2);
  });

  test('clears no alert that was not raised', () => {
    const raised = new Set(
      ofType(events, 'device.alert_triggered').map((event) => dataOf<'device.alert_triggered'>(event).alert_id),
    );
    const cleared = ofType(events, 'device.alert_resolved').map(
      (event) => dataOf<'device.alert_resolved'>(event).alert_id,
    );

    expect(cleared.length).toBeGreaterThan(20);
    for (const id of cleared) expect(raised).toContain(id);
  });

  test('has people behind what people do', () => {
    const deeds = ofType(
      events,
      'device.created',
      'target_state.app_updated',
      'device.maintenance_mode',
      'device.tags_changed',
    );

    for (const event of deeds) expect(event.metadata?.actor?.type).toBe('user');
  });
});

test('a site that loses its uplink takes its devices along, on one story', () => {
  const events = told.get(1) as FleetEventInput[];
  const outages = new Map<unknown, number>();
  for (const event of ofType(events, 'device.offline')) {
    if (String(dataOf<'device.offline'>(event).reason).includes('uplink'))
      outages.set(event.correlation_id, (outages.get(event.correlation_id) ?? 0) + 1);
  }

  expect(Math.max(...outages.values())).toBeGreaterThan(10);
});

test('the same seed, size, rate and start give the same events, however they are asked for', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 2 ** 31 }),
      fc.integer({ min: 1, max: 40 }),
      fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 8 }),
      (seed, devices, sizes) => {
        const options = { seed, devices, rate: 100 };
        const total = sizes.reduce((sum, size) => sum + size, 0);
        const piecemeal = new Fleet(options);

        expect(sizes.flatMap((size) => piecemeal.take(size))).toEqual(new Fleet(options).take(total));
      },
    ),
    { numRuns: 30 },
  );
});

test('living up to a moment gives what happened by then, and the rest comes later', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1000 }), fc.integer({ min: 100, max: 2900 }), (seed, millis) => {
      const start = Date.UTC(2026, 5, 1);
      const [fleet, other] = [new Fleet({ seed, devices: 5, start }), new Fleet({ seed, devices: 5, start })];

      const first = fleet.liveUntil(start + millis);
      const second = fleet.liveUntil(start + 3000);

      for (const event of first) expect(Date.parse(String(event.timestamp))).toBeLessThanOrEqual(start + millis + 1);
      expect([...first, ...second]).toEqual(other.liveUntil(start + 3000));
    }),
    { numRuns: 10 },
  );
});

test('the rate is kept over time, whatever the size of the fleet', () => {
  for (const [devices, rate] of [
    [50, 100],
    [200, 400],
  ] as const) {
    const start = Date.UTC(2026, 0, 1);
    const fleet = new Fleet({ devices, rate, start });
    fleet.liveUntil(start + 100_000);

    const { length } = fleet.liveUntil(start + 200_000);

    expect(length / 100 / rate).toBeGreaterThan(0.7);
    expect(length / 100 / rate).toBeLessThan(1.4);
  }
}, 30_000);

test('devices of an earlier run come back with what they had, and are not provisioned again', () => {
  const before = new Fleet({ devices: 30, seed: 5 }).take(4000);
  const known = new Map(
    ofType(before, 'device.provisioned').map((event) => [
      String(event.device_uuid),
      { firmware: '9.9.0', stateVersion: 4, silentSeconds: 60 },
    ]),
  );

  const events = new Fleet({ devices: 30, seed: 5, known, start: Date.UTC(2026, 1, 1) }).take(2000);

  expect(known.size).toBe(30);
  expect(ofType(events, 'device.provisioned', 'device.created')).toEqual([]);
  expect(ofType(events, 'device.online').length).toBeGreaterThanOrEqual(30);
  for (const event of ofType(events, 'device.firmware_updated'))
    expect(dataOf<'device.firmware_updated'>(event).old_version).toBe('9.9.0');
});
