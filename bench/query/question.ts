/** Every question of the benchmark, by name, with its goals and with parameters that change from call to call. */
import type { EventSearchCriteria } from '@telltale/catalogue';
import type { AnyEventStore } from '@telltale/store';
import type { Asker } from './asker.ts';
import { models, people, sites, tenants } from './cast.ts';
import { frequentTypes, rareTypeNames } from './mix.ts';
import type { World } from './sample.ts';
import { frequentWords, mediumWords, rareWord } from './text.ts';

/** Milliseconds of the 99th percentile under load. */
export interface Goal {
  readonly floor: number;
  readonly aim: number;
}

/** A question with its parameters drawn; answers with how many rows it had. */
export type Call = () => Promise<number>;

export interface Question {
  readonly name: string;
  readonly goal: Goal;
  /** Draws the parameters; what is done here is not timed. */
  readonly draw: (asker: Asker, world: World) => Call | Promise<Call>;
}

const usual: Goal = { floor: 100, aim: 20 };
const text: Goal = { floor: 200, aim: 50 };
const state: Goal = { floor: 100, aim: 10 };
const correlation: Goal = { floor: 2000, aim: 300 };

function timeline(
  name: string,
  options: (world: World) => Parameters<AnyEventStore['getDeviceTimeline']>[1],
): Question {
  return {
    name: `timeline ${name}`,
    goal: usual,
    draw({ store }, world) {
      const [device, how] = [world.device().uuid, options(world)];
      return async () => (await store.getDeviceTimeline(device, how)).length;
    },
  };
}

function search(name: string, criteria: (world: World) => EventSearchCriteria): Question {
  return {
    name: `search ${name}`,
    goal: usual,
    draw({ store }, world) {
      const what = criteria(world);
      return async () => (await store.search(what)).length;
    },
  };
}

function aggregate(period: 'hour' | 'day' | 'month', range: (world: World) => [Date, Date]): Question {
  return {
    name: `aggregate by ${period}`,
    goal: usual,
    draw({ store }, world) {
      const [device, [from, to]] = [world.device().uuid, range(world)];
      return async () => (await store.aggregateByPeriod(device, period, from, to)).length;
    },
  };
}

function fullText(name: string, word: (world: World) => string, device?: (world: World) => string): Question {
  return {
    name: `full text ${name}`,
    goal: text,
    draw({ store }, world) {
      const [words, where] = [word(world), device?.(world)];
      return async () => (await store.fullTextSearch(words, where, 50)).length;
    },
  };
}

function correlations(name: string, days: number): Question {
  return {
    name: `correlations ${name}`,
    goal: correlation,
    draw({ database }, { draw }) {
      const type = draw.pick(['device.offline', 'device.alert_triggered', 'job.started', 'device.heartbeat']);
      const query = { name: 'bench_correlations', text: 'select * from telltale.get_event_correlations($1, $2)' };
      return async () => (await database.query(query, [type, days])).length;
    },
  };
}

const difference: Goal = { floor: 2000, aim: 1000 };

function one(name: string, goal: Goal, draw: Question['draw']): Question {
  return { name, goal, draw };
}

const timelines: readonly Question[] = [
  timeline('asc', () => ({})),
  timeline('desc', () => ({ order: 'desc' })),
  timeline('since', (world) => ({ sinceDate: world.moment() })),
];

const searches: readonly Question[] = [
  search('newest', () => ({})),
  search('by device', (world) => ({ deviceUuid: world.device().uuid })),
  search('by frequent type', ({ draw }) => ({ eventTypes: [draw.pick(frequentTypes)] })),
  search('by rare type', ({ draw }) => ({ eventTypes: [draw.pick(rareTypeNames)] })),
  search('by aggregate type', ({ draw }) => ({ aggregateTypes: [draw.pick(['app', 'job', 'sensor', 'volume'])] })),
  search('by date range', (world) => {
    const [dateFrom, dateTo] = world.stretch(24);
    return { dateFrom, dateTo };
  }),
  search('by severity', ({ draw }) => ({ severity: [draw.pick(['error', 'critical'])] })),
  search('by actor', ({ draw }) => ({ actor: { type: 'user', id: draw.pick(people).id ?? '' } })),
  search('by tags', ({ draw }) => ({ tags: { site: draw.pick(sites), model: draw.pick(models) } })),
  search('by correlation', (world) => ({ correlationId: world.correlation() })),
  search('by causation', (world) => ({ causationId: world.cause() })),
  search('by outcome', () => ({ outcome: ['failure'] })),
  search('by category', ({ draw }) => ({ category: [draw.pick(['security', 'lifecycle', 'state'] as const)] })),
  search('by tenant', ({ draw }) => ({ tenant: draw.pick(tenants).id })),
  search('by text', ({ draw }) => ({ text: draw.pick(mediumWords) })),
  search('by filter', () => ({ filter: 'data.value>80' })),
  one('search page 2', usual, async ({ store }, { draw }) => {
    const criteria = { eventTypes: [draw.pick(frequentTypes)] };
    const { nextCursor } = await store.searchPage(criteria);
    return async () => (await store.search({ ...criteria, cursor: nextCursor ?? '' })).length;
  }),
];

const texts: readonly Question[] = [
  fullText('frequent word', ({ draw }) => draw.pick(frequentWords)),
  fullText('medium word', ({ draw }) => draw.pick(mediumWords)),
  fullText('rare word', ({ draw }) => rareWord(draw)),
  fullText(
    'with device',
    ({ draw }) => draw.pick(frequentWords),
    (world) => world.device().uuid,
  ),
];

const reads: readonly Question[] = [
  aggregate('hour', (world) => world.stretch(7 * 24)),
  aggregate('day', (world) => world.recent(30)),
  aggregate('month', (world) => world.recent(90)),
  one('device summary', usual, ({ store }, world) => {
    const device = world.device().uuid;
    return async () => (await store.getDeviceSummary(device)).total_events;
  }),
  one('event chain', usual, ({ store }, world) => {
    const id = world.caused();
    return async () => (await store.getEventChain(id)).nodes.length;
  }),
  one('aggregate events', usual, ({ store }, world) => {
    const id = world.job();
    return async () => (await store.getAggregateEvents('job', id)).length;
  }),
  one('stats', usual, ({ store }) => {
    return async () => (await store.getStats()).total_events;
  }),
];

const analytics: readonly Question[] = [
  one('most active devices', usual, ({ store }, { draw }) => {
    const daysBack = draw.pick([1, 7, 30]);
    return async () => (await store.getMostActiveDevices({ daysBack })).length;
  }),
  one('device health trends', usual, ({ store }, world) => {
    const device = world.device().uuid;
    return async () => (await store.getDeviceHealthTrends(device)).length;
  }),
  one('event hourly distribution', usual, ({ store }, { draw }) => {
    const daysBack = draw.pick([1, 7, 30]);
    return async () => (await store.getEventHourlyDistribution({ daysBack })).length;
  }),
  one('event difference', difference, ({ store }, { draw }) => {
    const selection = draw.pick([
      { severity_min: 'error' },
      { event_types: ['device.offline'] },
      { event_types: ['device.heartbeat'] },
    ]);
    return async () => (await store.getEventDifference(selection)).length;
  }),
  correlations('7 days', 7),
  correlations('90 days', 90),
];

const states: readonly Question[] = [
  one('snapshot of the big device', state, ({ store }, world) => {
    const [device, at] = [world.big.uuid, world.moment()];
    return async () => (await store.createSnapshot(device, at)).event_count;
  }),
  one('snapshot', state, ({ store }, world) => {
    const [device, at] = [world.device().uuid, world.moment()];
    return async () => (await store.createSnapshot(device, at)).event_count;
  }),
  one('compare states', usual, ({ store }, world) => {
    const [device, [from, to]] = [world.device().uuid, world.stretch(24)];
    return async () => (await store.compareStates(device, from, to)).changes.length;
  }),
  one('replay an hour', usual, ({ store }, world) => {
    const [device, [from, to]] = [world.device().uuid, world.stretch(1)];
    const handlers = { '*': () => undefined };
    return async () => (await store.replayEvents(device, from, to, handlers)).events_replayed;
  }),
];

export const questions: readonly Question[] = [...timelines, ...searches, ...texts, ...reads, ...analytics, ...states];
