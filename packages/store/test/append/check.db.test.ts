/** Checking events without publishing them. */
import { EventStore } from '@telltale/store';
import { expect, onTestFinished, test } from 'vitest';
import { createDatabase } from '../../../../test/database.ts';

test('a checked event is judged as publishing would judge it, and nothing is stored', async () => {
  const { url } = await createDatabase('checks');
  const store = new EventStore<Record<string, unknown>>({ connection: url, worker: false });
  onTestFinished(() => store.close());
  const device_uuid = '0192f0c1-7a52-7c3e-9b1a-000000000001';

  const verdicts = await store.check([
    { event_type: 'device.heartbeat', device_uuid, data: {} },
    { event_type: 'device.heartbeat', device_uuid, data: { cpu_usage_percent: 140 } },
    { event_type: 'device.hartbeat', device_uuid, data: {} },
  ]);

  expect(verdicts.map((verdict) => verdict && [verdict.code, verdict.place.index])).toEqual([
    null,
    ['InvalidEvent', 1],
    ['UnknownEventType', 2],
  ]);
  expect((await store.readAll()).events).toEqual([]);
});
