/** How far the index and the counts are behind is said for each log, and warned of before reads grow slow. */
import { expect, test } from 'vitest';
import { createDatabase, testVersions } from '../../../../test/database.ts';
import type { AnyEventStore, Finding } from '../../src/index.ts';
import { openStore } from '../invariant/store.ts';
import { ask } from '../sql/session.ts';

async function findingsOf(store: AnyEventStore): Promise<(Finding | undefined)[]> {
  const { findings } = await store.diagnose();
  return ['index', 'device counts'].map((subject) => findings.find((finding) => finding.subject === subject));
}

test.each(testVersions())('on PostgreSQL %i, diagnose says how far each log is behind', async (version) => {
  const { url } = await createDatabase('lag', { version });
  const store = openStore(url);
  const events = Array.from({ length: 1000 }, () => ({
    event_type: 'device.heartbeat',
    device_uuid: '0192f0c1-7a52-7c3e-9b1a-000000000001',
    data: {},
  }));
  expect((await store.diagnose()).logs[0]?.lag).toEqual({ segments: 0, deviceCounts: 0 });

  for (let batch = 0; batch < 9; batch++) await store.publishBatch(events);
  expect((await store.diagnose()).logs[0]?.lag).toEqual({ segments: 9000, deviceCounts: 9000 });

  await store.index();
  expect((await store.diagnose()).logs[0]?.lag).toEqual({ segments: 9000 - 8 * 1024, deviceCounts: 9000 - 8192 });
  expect(await findingsOf(store)).toEqual([
    { level: 'ok', subject: 'index', message: '808 positions behind the logs' },
    { level: 'ok', subject: 'device counts', message: '808 positions behind the logs' },
  ]);
});

test('diagnose warns when the index is more than 100,000 positions behind', async () => {
  const { url } = await createDatabase('far behind');
  const store = openStore(url);
  const leap = (positions: number): Promise<unknown> =>
    ask(
      url,
      `insert into telltale.log_batches select (jsonb_populate_record(b, jsonb_build_object(
         'first_position', b.last_position + 1, 'last_position', $1::bigint))).* from telltale.log_batches b
       order by first_position desc limit 1`,
      [positions],
    );
  await store.publish({
    event_type: 'device.heartbeat',
    device_uuid: '0192f0c1-7a52-7c3e-9b1a-000000000001',
    data: {},
  });
  await leap(100_000);
  expect(await findingsOf(store)).toMatchObject([{ level: 'ok' }, { level: 'ok' }]);

  await leap(100_001);
  const warning = {
    level: 'warning',
    message: expect.stringMatching(/^100,001 positions behind the logs; .*worker/) as string,
  };
  expect(await findingsOf(store)).toMatchObject([warning, warning]);
});
