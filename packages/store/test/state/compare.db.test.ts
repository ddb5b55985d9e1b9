/** What changed on a device between two times, and by which events: told by comparing the state after every event. */
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { type DeviceState, type Event, resolve } from '@telltale/catalogue';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testVersions, useDatabase } from '../../../../test/database.ts';
import { compareStates, type StateComparison } from '../../src/state/compare.ts';
import { openStore } from '../sql/session.ts';
import { type Access, eventOf, foldAll, foldOne, openAccess, readAllOf, secondOf } from './history.ts';

/** Every place in a state that holds a scalar, an array or an empty object. */
function leavesOf(value: unknown, at = ''): Map<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return new Map([[at, value]]);
  const entries = Object.entries(value);
  if (entries.length === 0) return new Map([[at, value]]);
  return new Map(
    entries.flatMap(([key, inner]) => [...leavesOf(inner, `${at}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`)]),
  );
}

/** The events that changed the value at a path, by folding all of them and looking at that place each time. */
function involvedIn(path: string, events: readonly Event[], from: string, to: string): string[] {
  let state: DeviceState = {};
  const involved: string[] = [];
  for (const event of events) {
    const next = foldOne(state, event);
    const within = event.timestamp > from && event.timestamp <= to;
    if (within && !isDeepStrictEqual(resolve(state, path), resolve(next, path))) involved.push(event.event_id);
    state = next;
  }
  return involved;
}

/** Leaves that the histories here can change from or to an object: none but the empty objects that fill and drain. */
const isContainer = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

function changedLeaves(before: DeviceState, after: DeviceState): string[] {
  const [old, young] = [leavesOf(before), leavesOf(after)];
  return [...new Set([...old.keys(), ...young.keys()])]
    .filter((path) => {
      const [was, is] = [resolve(before, path), resolve(after, path)];
      // An object that only gained or lost fields is told by its fields.
      return path !== '' && !(isContainer(was) && isContainer(is)) && !isDeepStrictEqual(was, is);
    })
    .filter((path, _, all) => {
      const [was, is] = [resolve(before, path), resolve(after, path)];
      // A whole object that came or went is told by its fields, unless it is empty.
      const fields = isContainer(was ?? is) && Object.keys((was ?? is) as object).length > 0;
      return !fields || !all.some((other) => other.startsWith(`${path}/`));
    })
    .sort();
}

describe.each(testVersions())('on PostgreSQL %i', (version) => {
  const database = useDatabase('compare', { version });
  let access: Access;
  beforeAll(() => {
    access = openAccess(database.url);
  });
  afterAll(() => access.database.close());

  const compare = (device: string, from: string, to: string): Promise<StateComparison> =>
    compareStates(access.database, access.registry, device, from, to);

  test('names every changed path, its values, and the events that changed it, in order', async () => {
    const store = openStore(database.url);
    const device = randomUUID();
    const ids = Array.from({ length: 6 }, () => randomUUID());
    const say = (index: number, event_type: string, data: object) =>
      store.publish({
        event_id: ids[index] as string,
        event_type,
        data,
        device_uuid: device,
        timestamp: secondOf(index),
      });
    await say(0, 'target_state.updated', { state: { apps: { web: { image: 'web:1', ports: [80] } } } });
    await say(1, 'device.offline', { reason: 'x' });
    await say(2, 'target_state.app_updated', { app_name: 'web', new_config: { image: 'web:2', ports: [80] } });
    await say(3, 'device.online', {});
    await say(4, 'target_state.app_updated', { app_name: 'web', new_config: { image: 'web:3', ports: [80, 443] } });
    await say(5, 'device.offline', { reason: 'x' });
    const found = await compare(device, secondOf(1), secondOf(5));

    expect(found.time1_snapshot).toMatchObject({ timestamp: secondOf(1), event_count: 2 });
    expect(found.time2_snapshot).toMatchObject({ timestamp: secondOf(5), event_count: 6 });
    expect(found.changes).toEqual([
      { field: '/connectivity/last_seen', old_value: undefined, new_value: secondOf(3), events_involved: [ids[3]] },
      {
        field: '/connectivity/since',
        old_value: secondOf(1),
        new_value: secondOf(5),
        events_involved: [ids[3], ids[5]],
      },
      {
        field: '/target_state/apps/web/image',
        old_value: 'web:1',
        new_value: 'web:3',
        events_involved: [ids[2], ids[4]],
      },
      { field: '/target_state/apps/web/ports', old_value: [80], new_value: [80, 443], events_involved: [ids[4]] },
    ]);
  });

  test('for any history and any two times it is what folding event by event shows', async () => {
    const store = openStore(database.url);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(400), fc.nat(60)), { minLength: 5, maxLength: 200 }),
        fc.array(fc.tuple(fc.integer({ min: -1, max: 62 }), fc.integer({ min: -1, max: 62 })), {
          minLength: 2,
          maxLength: 4,
        }),
        async (published, windows) => {
          const device = randomUUID();
          await store.publishBatch(published.map(([number, second]) => eventOf(device, number, secondOf(second))));
          const events = await readAllOf(store, device);
          for (const window of windows) {
            const [from, to] = [secondOf(Math.min(...window)), secondOf(Math.max(...window))];
            const { changes } = await compare(device, from, to);
            const [before, after] = [foldAll(events, from), foldAll(events, to)];
            expect(changes.map(({ field }) => field)).toEqual(changedLeaves(before, after));
            for (const change of changes) {
              expect(change.old_value).toEqual(resolve(before, change.field));
              expect(change.new_value).toEqual(resolve(after, change.field));
              expect(change.events_involved).toEqual(involvedIn(change.field, events, from, to));
            }
          }
        },
      ),
      { numRuns: 25 },
    );
  });

  test('one time twice shows no change', async () => {
    const store = openStore(database.url);
    const device = randomUUID();
    await store.publish(eventOf(device, 0, secondOf(0)));

    expect((await compare(device, secondOf(0), secondOf(0))).changes).toEqual([]);
  });

  test('a first time that is later is refused', async () => {
    await expect(compare(randomUUID(), secondOf(2), secondOf(1))).rejects.toMatchObject({
      code: 'InvalidArgument',
      message: `expected time1 not later than time2 (found: ${secondOf(2)} and ${secondOf(1)}); exchange the two`,
    });
  });
});
