/** Blocks of device counts: each position counted once, whoever builds at the same time, and whoever is killed meanwhile. */
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createDatabase, newestVersion, useDatabase } from '../../../../test/database.ts';
import { countDevices } from '../../src/count/count.ts';
import { type AnyEventStore, type Database, EventStore, openDatabase } from '../../src/index.ts';
import { startChild } from '../invariant/child.ts';
import { openStore } from '../invariant/store.ts';
import { seededRandom } from '../invariant/writer.ts';
import { ask, connect, sqlState } from '../sql/session.ts';
import { expectCounted, mergeCounts, publishEvents } from './fleet.ts';

const program = new URL('counting-process.ts', import.meta.url);
const blockSize = 8192;

function openApplication(url: string, connections: number): Database {
  const database = openDatabase(url, { role: 'telltale_application', connections });
  onTestFinished(() => database.close());
  return database;
}

async function countBlocks(url: string): Promise<number> {
  const [row] = await ask<{ blocks: number }>(url, 'select count(*)::int as blocks from telltale.device_blocks');
  return row?.blocks ?? 0;
}

/** Forgets what was counted, so that it is counted anew; the events are what takes long to make. */
const forget = (url: string): Promise<unknown> => ask(url, 'truncate telltale.device_counts, telltale.device_blocks');

describe.each(newestVersion())('on PostgreSQL %i', (version) => {
  const database = useDatabase('device counts', { version });

  beforeAll(async () => {
    const store: AnyEventStore = new EventStore({ connection: database.url, worker: false });
    await publishEvents(store, seededRandom('build'), 3 * blockSize + 1000, 1200);
    await store.close();
  });

  test('complete blocks are counted and the rest is left', async () => {
    await forget(database.url);
    expect(await countDevices(openApplication(database.url, 1))).toBe(3);
    expect(await countDevices(openApplication(database.url, 1))).toBe(0);

    expect(await ask(database.url, 'select max(last_position)::int as head from telltale.device_blocks')).toEqual([
      { head: 3 * blockSize },
    ]);
    await expectCounted(database.url);
  });

  test('merging leaves every sum as it was, in fewer rows', async () => {
    await forget(database.url);
    await countDevices(openApplication(database.url, 1));
    const rows = (): Promise<{ rows: number }[]> =>
      ask(database.url, 'select count(*)::int as rows from telltale.device_counts');
    const [before] = await rows();
    await mergeCounts(await connect(database.url));
    const [after] = await rows();

    expect(after?.rows).toBeLessThan(before?.rows ?? 0);
    await expectCounted(database.url);
  });

  test('workers that count at the same time count nothing twice', async () => {
    await forget(database.url);
    const application = openApplication(database.url, 6);
    const counted = await Promise.all(
      Array.from({ length: 12 }, async () => {
        const [row] = await application.query<{ blocks: number }>({
          text: 'select telltale.count_devices(1) as blocks',
        });
        return row?.blocks ?? 0;
      }),
    );
    const left = await countDevices(application);

    expect(counted.reduce((sum, blocks) => sum + blocks, left)).toBe(3);
    await expectCounted(database.url);
  });

  test('what a worker had begun when it was killed with kill -9 is counted once by the next', async () => {
    await forget(database.url);
    const child = startChild(program, { url: database.url }, () => undefined);
    await child.started;
    await sleep(60);
    await child.kill();
    // Its backend may still be at work, and has the log's lock until it sees that nobody waits.
    const next = openApplication(database.url, 1);
    await expect
      .poll(
        async () => {
          await countDevices(next);
          return countBlocks(database.url);
        },
        { timeout: 20_000 },
      )
      .toBe(3);
    await expectCounted(database.url);
  });

  test('a statement that ends half way leaves nothing behind', async () => {
    await forget(database.url);
    const [killer, victim] = [await connect(database.url), await connect(database.url)];
    const { rows } = await victim.query<{ pid: number }>('select pg_backend_pid() as pid');
    await killer.query(
      `create function public.wait() returns trigger language plpgsql as 'begin perform pg_sleep(60); return new; end';
       create trigger wait before insert on telltale.device_blocks for each row execute function public.wait()`,
    );
    const counting = sqlState(victim.query('select telltale.count_devices()'));
    const waits = `select count(*)::int as waiting from pg_stat_activity where pid = $1 and wait_event = 'PgSleep'`;
    await expect
      .poll(async () => (await killer.query<{ waiting: number }>(waits, [rows[0]?.pid])).rows[0]?.waiting, {
        timeout: 30_000,
      })
      .toBe(1);
    await killer.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
    const state = await counting;
    await killer.query('drop trigger wait on telltale.device_blocks; drop function public.wait()');
    await countDevices(openApplication(database.url, 1));

    expect(state).toBe('57P01');
    expect(await countBlocks(database.url)).toBe(3);
    await expectCounted(database.url);
  });

  test('a block without an event of a device counts as built', async () => {
    const { url } = await createDatabase('no devices', { version });
    const store = openStore(url);
    for (let batch = 0; batch < 9; batch++) {
      await store.publishBatch(
        Array.from({ length: 1000 }, () => ({
          event_type: 'image.removed',
          aggregate_id: 'web',
          data: { image: 'x' },
        })),
      );
    }

    expect(await countDevices(openApplication(url, 1))).toBe(1);
    expect(await countDevices(openApplication(url, 1))).toBe(0);
  });
});
