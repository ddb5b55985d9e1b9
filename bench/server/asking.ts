/** Asks every question that the API has over HTTP, in turn, at an even rate. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { TelltaleClient } from '@telltale/protocol';
import { benchEvents } from '../event.ts';

export interface Asked {
  /** Milliseconds of each answer, by the name of the call. */
  readonly times: ReadonlyMap<string, number[]>;
  readonly failures: ReadonlyMap<string, string>;
}

type Ask = (client: TelltaleClient, about: About) => Promise<unknown>;

interface About {
  readonly uuid: string;
  readonly event_id: string;
  readonly from: string;
  readonly to: string;
}

const devices = [...new Set(benchEvents(2000, 7).map(({ device_uuid }) => device_uuid as string))];

async function lastOf<Line>(lines: AsyncIterable<Line>): Promise<Line | undefined> {
  let last: Line | undefined;
  for await (const line of lines) last = line;
  return last;
}

const questions: Readonly<Record<string, Ask>> = {
  getDeviceTimeline: (client, { uuid }) => client.getDeviceTimeline({ params: { uuid }, query: { limit: 100 } }),
  getDeviceSummary: (client, { uuid }) => client.getDeviceSummary({ params: { uuid } }),
  aggregateByPeriod: (client, { uuid, from, to }) =>
    client.aggregateByPeriod({ params: { uuid }, query: { period: 'hour', dateFrom: from, dateTo: to } }),
  getDeviceHealthTrends: (client, { uuid }) => client.getDeviceHealthTrends({ params: { uuid } }),
  createSnapshot: (client, { uuid, to }) => client.createSnapshot({ params: { uuid }, query: { at: to } }),
  compareStates: (client, { uuid, from, to }) => client.compareStates({ params: { uuid }, query: { from, to } }),
  replayEvents: (client, { uuid, to }) =>
    lastOf(client.replay({ params: { uuid }, query: { from: new Date(Date.parse(to) - 10_000).toISOString(), to } })),
  searchEvents: (client) => client.searchEvents({ query: { filter: 'severity>=error', limit: 50 } }),
  searchOfDevice: (client, { uuid }) => client.searchEvents({ query: { deviceUuid: uuid, limit: 50 } }),
  searchByCriteria: (client) => client.searchByCriteria({ body: { tags: { site: 'porto' }, limit: 50 } }),
  fullTextSearch: (client) => client.fullTextSearch({ query: { query: 'collector OR vision', limit: 20 } }),
  getEvent: (client, { event_id }) => client.getEvent({ params: { event_id } }),
  getEventChain: (client, { event_id }) => client.getEventChain({ params: { event_id } }),
  verifyEvent: (client, { event_id }) => client.verifyEvent({ params: { event_id } }),
  readAll: (client) => client.readAll({ query: { limit: 100 } }),
  getAggregateEvents: (client, { uuid: id }) =>
    client.getAggregateEvents({ params: { type: 'device', id }, query: { limit: 100 } }),
  getStats: (client) => client.getStats(),
  getMostActiveDevices: (client) => client.getMostActiveDevices({ query: { limit: 10 } }),
  getEventHourlyDistribution: (client) => client.getEventHourlyDistribution(),
  getEventCorrelations: (client) => client.getEventCorrelations({ query: { eventType: 'device.offline' } }),
  getEventDifference: (client, { from, to }) =>
    client.getEventDifference({ body: { selection: { severity_min: 'error', from, to } } }),
  describeEventTypes: (client) => client.describeEventTypes(),
  subscriptionLag: (client) => client.subscriptionLag(),
};

/** Until the signal; each answer is waited for elsewhere, so that a slow one shows in its own time alone. */
export async function askAll(client: TelltaleClient, perSecond: number, signal: AbortSignal): Promise<Asked> {
  const times = new Map<string, number[]>();
  const failures = new Map<string, string>();
  const open: Promise<void>[] = [];
  const names = Object.keys(questions);
  let found = await client.searchEvents({ query: { limit: 20 } });
  while (found.events.length === 0 && !signal.aborted) {
    await sleep(100);
    found = await client.searchEvents({ query: { limit: 20 } });
  }
  const from = new Date().toISOString();
  const ask = async (name: string, about: About): Promise<void> => {
    const started = performance.now();
    try {
      await questions[name]?.(client, about);
      times.set(name, [...(times.get(name) ?? []), performance.now() - started]);
    } catch (error) {
      if (!signal.aborted) failures.set(name, (error as Error).message);
    }
  };
  for (let count = 0; !signal.aborted; count += 1) {
    await sleep(1000 / perSecond);
    const uuid = devices[(count * 37) % devices.length] as string;
    const { event_id } = found.events[count % found.events.length] ?? { event_id: uuid };
    open.push(ask(names[count % names.length] as string, { uuid, event_id, from, to: new Date().toISOString() }));
  }
  await Promise.all(open);
  return { times, failures };
}
