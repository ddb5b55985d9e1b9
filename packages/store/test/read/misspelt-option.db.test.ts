/** An option that a question does not have is refused: passed by, it would have another question answered. */
import { randomUUID } from 'node:crypto';
import { type AnyEventStore, EventStore } from '@telltale/store';
import { beforeAll, describe, expect, test } from 'vitest';
import { useDatabase } from '../../../../test/database.ts';

const device = randomUUID();
const [from, to] = [new Date(0), new Date()];

describe('a question with a misspelt option', () => {
  const database = useDatabase('misspelt');
  let store: AnyEventStore;

  beforeAll(() => {
    store = new EventStore({ connection: database.url, worker: false });
    return () => store.close();
  });

  /** As JavaScript would call it. */
  const ask = (name: string, ...args: unknown[]): Promise<unknown> =>
    (Reflect.get(store, name) as (...given: unknown[]) => Promise<unknown>).apply(store, args);

  test.each<[string, unknown[], string, string]>([
    ['searchPage', [{}], 'totals', 'total'],
    ['fullTextPage', ['valve'], 'deviceUUID', 'deviceUuid'],
    ['getDeviceTimeline', [device], 'inclueSampled', 'includeSampled'],
    ['deviceTimelinePage', [device], 'sinceDat', 'sinceDate'],
    ['getAggregateEvents', ['app', 'web'], 'limt', 'limit'],
    ['aggregateByPeriod', [device, 'day', from, to], 'timezone', 'timeZone'],
    ['getDeviceSummary', [device, 7], 'tennant', 'tenant'],
    ['getEventChain', [randomUUID()], 'limits', 'limit'],
    ['getEvent', [randomUUID()], 'tenants', 'tenant'],
    ['getStats', [7], 'tenants', 'tenant'],
    ['getMostActiveDevices', [], 'dayBack', 'daysBack'],
    ['getDeviceHealthTrends', [device], 'dayBack', 'daysBack'],
    ['getEventHourlyDistribution', [], 'dayBack', 'daysBack'],
    ['getEventCorrelations', ['device.offline'], 'windows', 'window'],
    ['getEventDifference', [{ event_types: ['device.offline'] }], 'baselines', 'baseline'],
    ['replayEvents', [device, from, to, {}], 'signals', 'signal'],
    ['createSnapshot', [device, to], 'tenants', 'tenant'],
    ['compareStates', [device, from, to], 'tenants', 'tenant'],
  ])('%s refuses it and names the one that may be meant', async (name, args, option, near) => {
    await expect(ask(name, ...args, { [option]: true })).rejects.toMatchObject({
      code: 'InvalidArgument',
      message: expect.stringMatching(
        new RegExp(`/${option}: expected one of .* \\(found: ${option}\\); did you mean ${near}`),
      ),
      place: { pointer: `/${option}` },
    });
  });
});
