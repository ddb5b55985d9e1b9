/** What an operator watches is what the database holds. */
import { expect, onTestFinished, test } from 'vitest';
import { createDatabase } from '../../../../test/database.ts';
import { EventStore, openDatabase } from '../../src/index.ts';

const device = '0192f0c1-7a52-7c3e-9b1a-2f6d0f3c8e11';

async function open(title: string) {
  const { url } = await createDatabase(title);
  const store = new EventStore({ connection: url, role: 'telltale_application', worker: false });
  onTestFinished(() => store.close());
  return { url, store };
}

async function ask(url: string, text: string): Promise<void> {
  const database = openDatabase(url, { connections: 1 });
  await database.script(text);
  await database.close();
}

test('gauges tell the heads, what waits, and the critical events of the last 30 days, indexed or not', async () => {
  const { store } = await open('gauges');
  const critical = { severity: 'critical' } as const;
  await store.publishBatch([
    { event_type: 'device.rebooted', device_uuid: device, data: {}, metadata: critical },
    { event_type: 'device.rebooted', device_uuid: device, data: {} },
    {
      event_type: 'device.rebooted',
      device_uuid: device,
      data: {},
      metadata: critical,
      timestamp: new Date(Date.now() - 40 * 86_400_000),
    },
  ]);

  const before = await store.monitor.readGauges();
  await store.index();
  const after = await store.monitor.readGauges();

  expect(before).toMatchObject({
    logs: [{ log: 0, head: 3, segments: 3 }],
    inbox: { waiting: 0, oldestSeconds: 0, quarantined: 0 },
    subscriptions: [],
    retentionLagHours: { critical: 0, important: 0, standard: 0, debug: 0 },
    criticalEvents: 1,
  });
  expect(before.partitions.some(({ name, bytes }) => name.startsWith('events_critical_') && bytes > 0)).toBe(true);
  expect(after.criticalEvents).toBe(1);
});

test('retention lag is the hours since the oldest partition of a tier could have been dropped', async () => {
  const { url, store } = await open('retention lag');
  const days = `(select max(retention_days) from telltale.event_types where retention_tier = 'debug')`;
  await ask(
    url,
    `select telltale.make_partitions('debug', now() - ${days} * interval '1 day' - interval '3 days',
       now() - ${days} * interval '1 day' - interval '3 days')`,
  );

  const { retentionLagHours } = await store.monitor.readGauges();

  // The partition is a day wide, so its end is two to three days over.
  expect(retentionLagHours.debug).toBeGreaterThan(47.9);
  expect(retentionLagHours.debug).toBeLessThanOrEqual(72);
});

test('a schema that lacks a migration, or has a breaking one of a newer version, is told apart', async () => {
  const { url, store } = await open('schema state');
  await store.monitor.checkSchema();

  await ask(url, `insert into telltale.migrations (number, name, checksum, breaking) values (9999, 'new', '', true)`);
  await expect(store.monitor.checkSchema()).rejects.toMatchObject({ code: 'SchemaTooNew' });

  await ask(url, `delete from telltale.migrations where number in (1, 9999)`);
  await expect(store.monitor.checkSchema()).rejects.toMatchObject({ code: 'NotMigrated' });
});

test('the use of the pool is told', async () => {
  const { store } = await open('pool use');
  await store.monitor.readBacklog();

  expect(store.monitor.poolUse()).toEqual({ most: 10, open: 1, idle: 1, waiting: 0 });
});
