/** States, comparisons and replays are those of a scan of the same snapshot, whoever writes into their past. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DeviceState } from '@telltale/catalogue';
import { expect, onTestFinished, test } from 'vitest';
import { createDatabase, newestVersion } from '../../../../test/database.ts';
import type { Database, Session } from '../../src/database/database.ts';
import { compareStates } from '../../src/state/compare.ts';
import { differencesOf, pointerOf } from '../../src/state/difference.ts';
import { replayEvents } from '../../src/state/replay.ts';
import { createSnapshot } from '../../src/state/snapshot.ts';
import { seededRandom } from '../invariant/writer.ts';
import { ask, openStore } from '../sql/session.ts';
import { type Access, eventOf, foldOne, openAccess, secondOf } from './history.ts';

type Folded = Parameters<typeof foldOne>[1];

/** Every event of the device in order, by a scan of everything; not by the way any read goes. */
const everything = `
  select event_id, event_type, data,
    to_char("timestamp" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as "timestamp"
  from telltale.events where device_uuid = '#' order by events."timestamp", log, position`;

/** A database that scans the device at the end of every transaction with a moment of its own. */
function scanning(database: Database, device: string): { database: Database; seen: () => Folded[] } {
  let seen: Folded[] = [];
  const scan = (session: Session): Promise<Folded[]> => session.query({ text: everything.replace('#', device) });
  return {
    database: {
      query: (query, values) => database.query(query, values),
      script: (text) => database.script(text),
      connection: (work) => database.connection(work),
      close: () => database.close(),
      transaction: (work) =>
        database.transaction(async (session) => {
          const result = await work(session);
          seen = await scan(session);
          return result;
        }),
    },
    seen: () => seen,
  };
}

const upTo = (events: readonly Folded[], until: string): Folded[] =>
  events.filter(({ timestamp }) => timestamp <= until);

const stateOf = (events: readonly Folded[]): DeviceState => events.reduce(foldOne, {});

async function expectSnapshot({ database, registry }: Access, device: string, at: string): Promise<number> {
  const scanned = scanning(database, device);
  const found = await createSnapshot(scanned.database, registry, device, at);
  const events = upTo(scanned.seen(), at);

  expect(found.state).toEqual(stateOf(events));
  expect(found.event_count).toBe(events.length);
  return scanned.seen().length;
}

async function expectComparison({ database, registry }: Access, device: string, times: [string, string]) {
  const scanned = scanning(database, device);
  const found = await compareStates(scanned.database, registry, device, ...times);
  const [before, all] = [upTo(scanned.seen(), times[0]), upTo(scanned.seen(), times[1])];
  const [old, now] = [stateOf(before), stateOf(all)];
  const involved = new Map<string, string[]>();
  const fields = differencesOf(old, now).map(({ path }) => ({ path, field: pointerOf(path) }));
  let state = old;
  for (const event of all.slice(before.length)) {
    const next = foldOne(state, event);
    for (const { path, field } of fields) {
      const valueIn = (whole: unknown): string | undefined =>
        JSON.stringify(path.reduce<unknown>((value, key) => (value as Record<string, unknown>)?.[key], whole));
      if (valueIn(state) !== valueIn(next)) involved.set(field, [...(involved.get(field) ?? []), event.event_id]);
    }
    state = next;
  }

  expect([found.time1_snapshot.state, found.time2_snapshot.state]).toEqual([old, now]);
  expect(found.changes.map((change) => [change.field, change.events_involved])).toEqual(
    fields.map(({ field }) => [field, involved.get(field) ?? []]),
  );
}

async function expectReplay({ database, registry, rows }: Access, device: string, times: [string, string]) {
  const scanned = scanning(database, device);
  const handed: string[] = [];
  const note = { '*': (event: { event_id: string }) => void handed.push(event.event_id) };
  const found = await replayEvents(scanned.database, registry, rows, device, ...times, note);
  const all = upTo(scanned.seen(), times[1]);

  expect(handed).toEqual(all.filter(({ timestamp }) => timestamp >= times[0]).map((event) => event.event_id));
  expect(found.final_state).toEqual(stateOf(all));
}

test.each(newestVersion())(
  'on PostgreSQL %i, every answer is exact while sixteen writers publish into the past of a device',
  async (version) => {
    const { url } = await createDatabase('exact states', { version });
    await ask(url, 'select telltale.raise_log_count(3)');
    const store = openStore(url);
    const access = openAccess(url);
    onTestFinished(() => access.database.close());
    const device = randomUUID();
    await store.publishBatch(Array.from({ length: 2000 }, (_, n) => eventOf(device, n, secondOf(n))));
    const state = { writing: true };
    onTestFinished(() => void (state.writing = false));
    const written = Promise.all(
      Array.from({ length: 16 }, async (_, writer) => {
        const next = seededRandom(`writer ${writer}`);
        for (let round = 0; round < 25 && state.writing; round++) {
          const late = () => eventOf(device, Math.floor(next() * 1000), secondOf(Math.floor(next() * 2000)));
          await store.publishBatch([late(), late(), late()]);
          await sleep(next() * 200);
        }
      }),
    ).finally(() => (state.writing = false));
    const next = seededRandom('asked');
    const timesOf = (): [string, string] => {
      const [one = 0, other = 0] = [next() * 2100, next() * 2100].map(Math.floor).sort((a, b) => a - b);
      return [secondOf(one), secondOf(other)];
    };
    const sizes = new Set<number>();
    do {
      sizes.add(await expectSnapshot(access, device, timesOf()[1]));
      await expectComparison(access, device, timesOf());
      await expectReplay(access, device, timesOf());
    } while (state.writing);
    await written;

    expect(sizes.size).toBeGreaterThan(1);
  },
);
