/** Who may ask the analytics for what: the reader its tenant alone, everybody for what is within bounds. */
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { testVersions, useDatabase } from '../../../../test/database.ts';
import { getDeviceHealthTrends } from '../../src/analytics/device-health-trends.ts';
import { getEventHourlyDistribution } from '../../src/analytics/event-hourly-distribution.ts';
import { getMostActiveDevices } from '../../src/analytics/most-active-devices.ts';
import { type AnyEventStore, type Database, EventStore, openDatabase } from '../../src/index.ts';
import { deviceOf } from '../invariant/fleet.ts';
import { seededRandom } from '../invariant/writer.ts';
import { ask, connect, sqlState } from '../sql/session.ts';
import { publishEvents, storeSegments } from './fleet.ts';

const counts = `select
  (select coalesce(sum(event_count), 0)::int from telltale.get_most_active_devices(9, 100, $1)) as most,
  (select round(coalesce(sum(avg_events), 0) * 20)::int from telltale.get_event_hourly_distribution(20, $1)) as hourly,
  (select sum(errors + warnings)::int from telltale.get_device_health_trends('${deviceOf(0)}', 9, $1)) as trend`;

function open(url: string): Database {
  const opened = openDatabase(url, { role: 'telltale_application', connections: 1 });
  onTestFinished(() => opened.close());
  return opened;
}

describe.each(testVersions())('on PostgreSQL %i', (version) => {
  const database = useDatabase('ask analytics', { version });

  beforeAll(async () => {
    const store: AnyEventStore = new EventStore({ connection: database.url, worker: false });
    await publishEvents(store, seededRandom('ask'), 9000, 20);
    await store.close();
    await ask(database.url, 'select telltale.count_devices()');
  });

  test('the reader gets of its tenant what the application gets of it, counted or not', async () => {
    const application = await connect(database.url, 'telltale_application');
    const reader = await connect(database.url, 'telltale_reader');
    await storeSegments(await connect(database.url));
    for (const tenant of ['', 'acme', 'nobody']) {
      await reader.query(`select set_config('telltale.tenant', $1, false)`, [tenant]);
      const [mine] = (await reader.query(counts, [null])).rows;
      const [its] = (await application.query(counts, [tenant])).rows;

      expect(mine).toEqual(its);
      expect(mine.most > 0 && mine.hourly > 0 && mine.trend > 0).toBe(tenant !== 'nobody');
      // Asking for another tenant gives nothing, not that tenant.
      expect((await reader.query(counts, ['umbrella'])).rows).toEqual([{ most: 0, hourly: 0, trend: 0 }]);
    }
  });

  test('arguments out of bounds are refused with InvalidArgument', async () => {
    const client = await connect(database.url, 'telltale_application');
    const refused = [
      'get_most_active_devices(0)',
      'get_most_active_devices(3651)',
      'get_most_active_devices(null)',
      'get_most_active_devices(7, 0)',
      'get_most_active_devices(7, 10001)',
      'get_most_active_devices(7, null)',
      'get_event_hourly_distribution(0)',
      'get_event_hourly_distribution(null)',
      'get_device_health_trends(null)',
      `get_device_health_trends('${deviceOf(0)}', 3651)`,
    ];
    const states: string[] = [];
    for (const call of refused) states.push(await sqlState(client.query(`select * from telltale.${call}`)));

    expect(states).toEqual(refused.map(() => 'TT011'));
  });

  test('the calls of the specification work without the arguments it leaves out', async () => {
    const client = await connect(database.url, 'telltale_application');

    expect((await client.query('select * from telltale.get_most_active_devices()')).rows).toHaveLength(10);
    expect((await client.query('select * from telltale.get_event_hourly_distribution()')).rows).toHaveLength(24);
    expect(
      (await client.query('select * from telltale.get_device_health_trends($1)', [deviceOf(0)])).rows,
    ).toHaveLength(31);
  });

  describe('in TypeScript', () => {
    test('numbers are numbers, times six-digit UTC text, days plain text', async () => {
      const session = open(database.url);
      const [device] = await getMostActiveDevices(session, { daysBack: 9, limit: 1 });
      const days = await getDeviceHealthTrends(session, deviceOf(0), { daysBack: 3, tenant: 'acme' });
      const hours = await getEventHourlyDistribution(session, { daysBack: 2 });

      expect(device).toEqual({
        device_uuid: expect.stringMatching(/^[0-9a-f-]{36}$/),
        event_count: expect.any(Number),
        error_count: expect.any(Number),
        warning_count: expect.any(Number),
        last_event: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
      });
      expect(days).toHaveLength(4);
      expect(days[3]).toEqual({
        day: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
        online_events: expect.any(Number),
        offline_events: expect.any(Number),
        errors: expect.any(Number),
        warnings: expect.any(Number),
        health_score: expect.any(Number),
      });
      expect(hours.map((hour) => hour.hour_of_day)).toEqual(Array.from({ length: 24 }, (_, hour) => hour));
      expect(typeof hours[0]?.avg_events).toBe('number');
    });

    test.each([
      ['days', () => getMostActiveDevices(open(database.url), { daysBack: 0 })],
      ['a limit', () => getMostActiveDevices(open(database.url), { limit: 10_001 })],
      ['a tenant', () => getEventHourlyDistribution(open(database.url), { tenant: '' })],
      ['a device', () => getDeviceHealthTrends(open(database.url), 'pump-7')],
    ])('%s out of bounds is refused with InvalidArgument', async (_, call) => {
      await expect(call()).rejects.toMatchObject({ code: 'InvalidArgument' });
    });
  });
});
