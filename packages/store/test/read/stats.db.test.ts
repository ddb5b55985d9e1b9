/** The figures of the whole store are those of a scan, whatever of them is counted behind the log. */
import { beforeAll, describe, expect, test } from 'vitest';
import { newestVersion, useDatabase } from '../../../../test/database.ts';
import { Registry } from '../../src/catalogue/registry.ts';
import { countDevices } from '../../src/count/count.ts';
import { EventStore, openDatabase } from '../../src/index.ts';
import { RowReader } from '../../src/read/event-row.ts';
import { getStats } from '../../src/read/stats.ts';
import { Indexer } from '../../src/segment/indexer.ts';
import { seededRandom } from '../invariant/writer.ts';
import { eventOf, publishHistory, startWriters, tenants } from './device-history.ts';
import { inSnapshot, type Row, type Snapshot } from './oracle.ts';

const day = 86_400_000;
const base = Date.now();

const dayOf = (micros: number): string => new Date(micros / 1000).toISOString().slice(0, 10);

function countBy(rows: readonly Row[], keyOf: (row: Row) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const row of rows) counts[keyOf(row)] = (counts[keyOf(row)] ?? 0) + 1;
  return counts;
}

async function compare(snapshot: Snapshot, days: number, tenant: string | null): Promise<void> {
  const today = dayOf(snapshot.clock);
  const first = dayOf(snapshot.clock - days * day * 1000);
  const rows = snapshot.rows.filter(
    (row) => (tenant === null || row.tenant === tenant) && dayOf(row.time) >= first && dayOf(row.time) <= today,
  );
  const found = await getStats(snapshot.session, snapshot.registry, days, { tenant });
  const byDay = countBy(rows, (row) => dayOf(row.time));

  expect(found.total_events).toBe(rows.length);
  expect(found.by_type).toEqual(countBy(rows, (row) => row.event_type));
  expect(found.by_severity).toMatchObject(countBy(rows, (row) => row.severity));
  expect(found.by_tier).toMatchObject(countBy(rows, (row) => row.retention_tier));
  expect(found.by_day).toEqual(
    Array.from({ length: days + 1 }, (_, index) => dayOf(snapshot.clock - (days - index) * day * 1000)).map((date) => ({
      day: date,
      count: byDay[date] ?? 0,
    })),
  );
  expect(found.active_devices).toBe(
    new Set(rows.flatMap((row) => (row.device_uuid === null ? [] : [row.device_uuid]))).size,
  );
  if (tenant === null) expect(found.logs.reduce((sum, log) => sum + log.live, 0)).toBe(snapshot.rows.length);
  else expect(found).toMatchObject({ logs: [], oldest: null, newest: null });
}

describe.each(newestVersion())('on PostgreSQL %i', (version) => {
  const database = useDatabase('stats', { version });
  let ids: string[];

  beforeAll(async () => {
    ids = await publishHistory(database.url, base, 600);
    const store = new EventStore({ connection: database.url, worker: false, clockBound: '100 years' });
    const next = seededRandom('import');
    await store.importEvents(
      'history',
      Array.from({ length: 9000 }, () => eventOf(next, base, [])).sort(
        (one, other) => Number(one.timestamp) - Number(other.timestamp),
      ),
    );
    await store.close();
  });

  test('all figures are exact while sixteen writers publish and what is behind the log is built', async () => {
    const stop = startWriters(database.url, 16, base, ids);
    const session = openDatabase(database.url, { connections: 2, role: 'telltale_application' });
    const registry = new Registry();
    const indexer = new Indexer(session, registry, new RowReader(registry));
    for (const build of [async () => undefined, () => indexer.work(), () => countDevices(session)]) {
      await build();
      await inSnapshot(database.url, async (snapshot) => {
        for (const tenant of tenants) await compare(snapshot, 30, tenant);
        await compare(snapshot, 1, null);
      });
    }
    const [built] = await session.query<{ segments: number; blocks: number }>({
      text: 'select (select count(*)::int from telltale.segments) as segments, (select count(*)::int from telltale.device_blocks) as blocks',
    });

    expect(built?.segments).toBeGreaterThan(5);
    expect(built?.blocks).toBeGreaterThan(0);
    expect(await stop()).toBeGreaterThan(0);
    await session.close();
  });

  test('the oldest and the newest event are those that are kept', async () => {
    await inSnapshot(database.url, async ({ session, registry }) => {
      const [kept] = await session.query<{ oldest: string; newest: string }>({
        text: `select to_char(min(recorded_at), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as oldest,
                 to_char(max(recorded_at), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as newest from telltale.events`,
      });

      expect(await getStats(session, registry)).toMatchObject(kept ?? {});
    });
  });
});
