/** A backup brought into a new cluster: history is whole, numbers go on, and a cursor of the lost future is told so. */
import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';
import { type AnyEventStore, migrate } from '@telltale/store';
import { expect, test } from 'vitest';
import { startCluster, type TestCluster } from '../../../../test/cluster.ts';
import { createDatabase, testVersions } from '../../../../test/database.ts';
import { findViolations } from './check.ts';
import { copyDatabase } from './copy.ts';
import { deviceOf, eventOf, jobEventOf } from './fleet.ts';
import { openSession } from './session.ts';
import { openStore } from './store.ts';

/** Everything behind a cursor: a page ends where an epoch of logs does. */
async function readOn(
  store: AnyEventStore,
  cursor: string | null = null,
): Promise<{ cursor: string; events: string[] }> {
  const events: string[] = [];
  for (let at = cursor; ; ) {
    const page = await store.readAll(at);
    events.push(...page.events.map((event) => event.checksum));
    if (page.atHead) return { cursor: page.cursor, events };
    at = page.cursor;
  }
}

/** A life before the backup: every tier, a versioned stream, two epochs, and events that still wait in the inbox. */
async function fill(url: string): Promise<{ cursor: string; events: string[] }> {
  const store = openStore(url);
  const tiers = ['critical', 'important', 'standard', 'debug'] as const;
  const batch = (from: number) =>
    Array.from({ length: 20 }, (_, n) => eventOf(deviceOf(n), `${from + n}`, tiers[n % 4]));
  await store.publishBatch(batch(0));
  await store.raiseLogCount(3);
  await store.publishBatch(batch(20));
  await store.publish(jobEventOf('job-1', 'first'), { expectedVersion: 'none' });
  const session = await openSession(url);
  await session.ask(`select telltale.publish_event('device.online', 'device', $1, '{}')`, [deviceOf(1)]);
  return readOn(store);
}

/** What must hold in the new cluster, given what the old one had at the backup and saw after it. */
async function expectRestored(url: string, before: { cursor: string; events: string[] }, lost: string): Promise<void> {
  const session = await openSession(url);
  await session.ask('select telltale.raise_incarnation()');
  const store = openStore(url);

  expect((await readOn(store)).events).toEqual(before.events);
  expect((await readOn(store, before.cursor)).events).toEqual([]);
  await expect(store.readAll(lost)).rejects.toMatchObject({ code: 'CursorAhead' });
  expect(await store.drainInbox()).toMatchObject({ moved: 1, quarantined: 0 });
  await store.publishBatch(Array.from({ length: 30 }, (_, n) => eventOf(deviceOf(n), `again ${n}`)));
  await expect(store.publish(jobEventOf('job-1', 'second'), { expectedVersion: 'none' })).rejects.toMatchObject({
    code: 'VersionConflict',
  });
  expect(await store.publish(jobEventOf('job-1', 'second'), { expectedVersion: 1 })).toMatchObject({
    stream_version: 2,
  });

  // The positions that were lost are taken again; only the incarnation tells the old cursor from one of now.
  await expect(store.readAll(lost)).rejects.toMatchObject({ code: 'CursorAhead' });
  expect((await readOn(store, before.cursor)).events).toHaveLength(1 + 30 + 1);
  expect(await findViolations(session)).toEqual([]);
  expect(await store.verify()).toMatchObject({ changed: [], miscounted: [] });
}

/** The cursor of a reader that saw events which the backup does not have. */
async function seeTheFuture(url: string): Promise<string> {
  const store = openStore(url);
  await store.publishBatch(Array.from({ length: 9 }, (_, n) => eventOf(deviceOf(n), `lost ${n}`)));
  return (await readOn(store)).cursor;
}

test.each(testVersions())(
  'tables copied into a new cluster of PostgreSQL %i are a log to go on with',
  async (version) => {
    const source = await createDatabase('restore source', { version });
    const before = await fill(source.url);
    const target = await createDatabase('restore target', { version });
    await copyDatabase(await openSession(source.url), await openSession(target.url));
    const lost = await seeTheFuture(source.url);

    await expectRestored(target.url, before, lost);
  },
);

/** Major version of the machine's pg_dump; 0 where it has none. */
function dumpVersion(): number {
  try {
    return Number(/(\d+)\./.exec(execFileSync('pg_dump', ['--version'], { encoding: 'utf8' }))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

async function startEmpty(): Promise<TestCluster> {
  return startCluster({ version: 15 });
}

// pg_dump is no npm package: where the machine has one, it must do for a server no newer than itself.
test.skipIf(dumpVersion() < 15)('a dump by pg_dump restores into a new cluster', async () => {
  const [old, fresh] = [await startEmpty(), await startEmpty()];
  await migrate(old.url);
  const before = await fill(old.url);
  const run = promisify(execFile);
  const { stdout: dump } = await run('pg_dump', [old.url], { maxBuffer: 1 << 28 });
  const lost = await seeTheFuture(old.url);

  const session = await openSession(fresh.url);
  // Roles belong to the cluster, not to the database that is dumped.
  for (const role of ['owner', 'maintenance', 'application', 'reader'])
    await session.ask(`create role telltale_${role}`);
  const restoring = run('psql', ['--quiet', '--set=ON_ERROR_STOP=1', fresh.url], { maxBuffer: 1 << 28 });
  restoring.child.stdin?.end(dump);
  await restoring;

  await expectRestored(fresh.url, before, lost);
});
