/** The methods of correlation and difference: what SQL answers, as numbers, and bad arguments refused before it is asked. */
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { useDatabase } from '../../../../test/database.ts';
import { EventStore } from '../../src/index.ts';
import { deviceOf } from '../invariant/fleet.ts';
import { ask } from '../sql/session.ts';

const database = useDatabase('correlation methods');
const day = 86_400_000;
const begin = Date.now() - 6 * day;

function open(): EventStore {
  const store = new EventStore({ connection: database.url, worker: false });
  onTestFinished(() => store.close());
  return store;
}

/** On each of 30 devices, a change of the network and a minute later an alert, at another hour every day. */
beforeAll(async () => {
  const store = new EventStore({ connection: database.url, worker: false });
  const events = Array.from({ length: 150 }, (_, index) => {
    const device = deviceOf(index % 30);
    const time = begin + Math.floor(index / 30) * day + ((index * 7919) % 1200) * 60_000;
    return [
      {
        event_type: 'device.network_changed' as const,
        device_uuid: device,
        timestamp: new Date(time),
        data: { interface: 'eth0' },
      },
      {
        event_type: 'device.alert_triggered' as const,
        device_uuid: device,
        timestamp: new Date(time + 60_000),
        data: { alert_name: 'link' },
      },
    ];
  });
  await store.importEvents(
    'planted',
    events
      .flat()
      .map((event, index) => ({ ...event, event_id: `0192f0c1-7a52-7c3e-9b1a-${String(index).padStart(12, '0')}` })),
  );
  await store.close();
  await ask(database.url, 'analyze');
});

test('correlations say what follows, when, and how sure that is', async () => {
  const [first] = await open().getEventCorrelations('device.network_changed', { window: 600 });

  expect(first).toMatchObject({
    correlated_event_type: 'device.alert_triggered',
    direction: 'follows',
    avg_time_between_seconds: 60,
    explanation: null,
  });
  expect(first?.correlation_strength).toBeGreaterThan(0.9);
  expect(first?.q).toBeLessThan(0.01);
});

test('a difference names the attribute that singles the selection out', async () => {
  const rows = await open().getEventDifference({ event_types: ['device.alert_triggered'] });

  expect(rows[0]).toMatchObject({ selection_share: 1, baseline_share: 0, risk_difference: 1 });
  expect(rows.map(({ attribute }) => attribute)).toContain('data.alert_name');
});

test('what is out of bounds, unknown or no selection is refused by name', async () => {
  const store = open();

  await expect(store.getEventCorrelations('device.onlin')).rejects.toMatchObject({ code: 'UnknownEventType' });
  await expect(store.getEventCorrelations('device.online', { window: 0 })).rejects.toThrow(/^\/window: expected/);
  await expect(store.getEventCorrelations('device.online', { anchors: 9 })).rejects.toThrow(/^\/anchors: expected/);
  await expect(store.getEventDifference({}, { limit: 0 })).rejects.toThrow(/^\/limit: expected/);
  await expect(store.getEventDifference({ severity_min: 'eror' })).rejects.toMatchObject({ code: 'InvalidArgument' });
});
