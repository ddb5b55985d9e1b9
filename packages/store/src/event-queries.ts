/** The questions a store answers: each is a function of its own file; here they get their database. */
import type { Event, EventInput, EventSearchCriteria } from '@telltale/catalogue';
import { getDeviceHealthTrends, type HealthOfDay } from './analytics/device-health-trends.ts';
import {
  type CorrelationOptions,
  type EventCorrelation,
  getEventCorrelations,
} from './analytics/event-correlations.ts';
import {
  type DifferenceOptions,
  type EventDifference,
  type EventSelection,
  getEventDifference,
} from './analytics/event-difference.ts';
import { getEventHourlyDistribution, type HourOfDay } from './analytics/event-hourly-distribution.ts';
import {
  type ActiveDevice,
  getMostActiveDevices,
  type MostActiveDevicesOptions,
} from './analytics/most-active-devices.ts';
import type { AnalyticsOptions } from './analytics/window.ts';
import type { Registry } from './catalogue/registry.ts';
import type { Database, Session } from './database/database.ts';
import { StoreMonitor } from './monitor.ts';
import { known, optionNames } from './query-option.ts';
import { type AggregateOptions, aggregateByPeriod, type Period, type PeriodCount } from './read/aggregate.ts';
import { type AggregateEventsOptions, readAggregateEvents } from './read/aggregate-events.ts';
import { boundDatabase, bounded } from './read/bounded.ts';
import { type ChainOptions, type EventChain, getEventChain } from './read/chain.ts';
import type { Time } from './read/criterion.ts';
import { type EventOptions, getEvent } from './read/event.ts';
import type { RowReader } from './read/event-row.ts';
import type { QueryPage } from './read/keyset.ts';
import { findRepeats, type Repeat } from './read/repeat.ts';
import { type EventStats, getStats, type StatsOptions } from './read/stats.ts';
import { type DeviceSummary, getDeviceSummary, type SummaryOptions } from './read/summary.ts';
import { readDeviceTimeline, type TimelineOptions } from './read/timeline.ts';
import { type SearchContext, type SearchOptions, type SearchPage, searchEvents } from './search/search.ts';
import { type FoundText, searchText, type TextPage, type TextSearchOptions } from './search/text-search.ts';
import { Backlog } from './segment/backlog.ts';
import type { Indexer } from './segment/indexer.ts';
import { compareStates, type StateComparison } from './state/compare.ts';
import { type Replay, type ReplayHandlers, type ReplayOptions, replayEvents } from './state/replay.ts';
import { createSnapshot, type DeviceSnapshot, type StateOptions } from './state/snapshot.ts';

/** What every question needs. */
export interface QueryContext {
  readonly database: Database;
  readonly registry: Registry;
  readonly rows: RowReader;
  readonly indexer: Indexer;
  /** Milliseconds after which a question is given up. */
  readonly timeout: number;
  /** Whether the connections stop a statement by themselves: the store's own do, a caller's may not. */
  readonly stopsStatements: boolean;
  /** Interval within which an event that is published again is known as a repeat. */
  readonly dedupeWindow: string;
}

const hint = 'ask for a shorter time, fewer event types, or one device';
const stateHint = 'ask for an earlier time, for times closer together, or for the events of one tenant';

export class EventQueries {
  readonly #context: QueryContext;
  readonly #backlog: Backlog;

  constructor(context: QueryContext) {
    this.#context = context;
    this.#backlog = new Backlog(context.indexer);
  }

  /** What an operator watches. */
  get monitor(): StoreMonitor {
    return new StoreMonitor(this.#context.database);
  }

  #ask<Result>(work: (session: Session, context: QueryContext) => Promise<Result>): Promise<Result> {
    const { database, timeout } = this.#context;
    return bounded(database, timeout, hint, (session) => work(session, this.#context));
  }

  /** For what looks at everything that the segments do not have yet. */
  async #askAll<Result>(work: (session: Session, context: QueryContext) => Promise<Result>): Promise<Result> {
    await this.#backlog.shorten(this.#context.timeout);
    return this.#ask(work);
  }

  /** Searches watch their own time between statements; a single one that hangs is the connection's to stop, if it does. */
  async #look<Result>(work: (context: SearchContext) => Promise<Result>): Promise<Result> {
    const { timeout, stopsStatements } = this.#context;
    const database = stopsStatements ? this.#context.database : boundDatabase(this.#context.database, timeout, hint);
    await this.#backlog.shorten(timeout);
    return bounded(database, null, hint, (session) => work({ ...this.#context, session }));
  }

  /** Folds read in transactions of their own, and a replay lets handlers run in between. */
  #states(): Database {
    const { database, timeout } = this.#context;
    return boundDatabase(database, timeout, stateHint);
  }

  /** The events that all criteria hold for, newest first. */
  async search(criteria: EventSearchCriteria = {}): Promise<Event[]> {
    return (await this.searchPage(criteria)).events;
  }

  /** The same, with the cursor of the next page and, if asked for, how many there are in all. */
  searchPage(criteria: EventSearchCriteria = {}, options: SearchOptions = {}): Promise<SearchPage> {
    return this.#look((context) => searchEvents(context, criteria, known(optionNames.search, options)));
  }

  /** The events whose text matches: words, "phrases", OR, -not; best first. */
  async fullTextSearch(query: string, deviceUuid?: string, limit?: number): Promise<FoundText[]> {
    return (await this.fullTextPage(query, { deviceUuid, limit })).events;
  }

  /** The same, with how many events were ranked and whether these were all. */
  fullTextPage(query: string, options: TextSearchOptions = {}): Promise<TextPage> {
    return this.#look((context) => searchText(context, query, known(optionNames.text, options)));
  }

  /** Everything that happened on a device, as it happened. */
  async getDeviceTimeline(deviceUuid: string, options: TimelineOptions = {}): Promise<Event[]> {
    return (await this.deviceTimelinePage(deviceUuid, options)).events;
  }

  /** The same, with the cursor of the next page. */
  deviceTimelinePage(deviceUuid: string, options: TimelineOptions = {}): Promise<QueryPage> {
    return this.#ask((session, { registry, rows }) =>
      readDeviceTimeline(session, registry, rows, deviceUuid, known(optionNames.timeline, options)),
    );
  }

  /** Everything that happened to one aggregate, as it happened. */
  async getAggregateEvents(
    aggregateType: string,
    aggregateId: string,
    options: AggregateEventsOptions = {},
  ): Promise<Event[]> {
    return (await this.aggregateEventsPage(aggregateType, aggregateId, options)).events;
  }

  /** The same, with the cursor of the next page. */
  aggregateEventsPage(type: string, id: string, options: AggregateEventsOptions = {}): Promise<QueryPage> {
    return this.#ask((session, { registry, rows }) =>
      readAggregateEvents(session, registry, rows, type, id, known(optionNames.aggregateEvents, options)),
    );
  }

  /** Counts a device's events by type and hour, day, week or month of a time zone. */
  aggregateByPeriod(
    deviceUuid: string,
    period: Period,
    dateFrom: Time,
    dateTo: Time,
    options: AggregateOptions = {},
  ): Promise<PeriodCount[]> {
    return this.#ask((session, { registry }) =>
      aggregateByPeriod(session, registry, deviceUuid, period, dateFrom, dateTo, known(optionNames.periods, options)),
    );
  }

  /** What a device did in the last days, and how well it is. */
  getDeviceSummary(deviceUuid: string, daysBack = 30, options: SummaryOptions = {}): Promise<DeviceSummary> {
    return this.#ask((session, { registry }) =>
      getDeviceSummary(session, registry, deviceUuid, daysBack, known(optionNames.tenant, options)),
    );
  }

  /** What an event followed from, and all that followed from it. */
  getEventChain(eventId: string, options: ChainOptions = {}): Promise<EventChain> {
    return this.#askAll((session, { rows }) =>
      getEventChain(session, rows, eventId, known(optionNames.chain, options)),
    );
  }

  /** The event with this id, or null. */
  getEvent(eventId: string, options: EventOptions = {}): Promise<Event | null> {
    return this.#ask((session, { rows }) => getEvent(session, rows, eventId, known(optionNames.tenant, options)));
  }

  /** Which events are recorded under their ids already: for a publisher that repeats a call and must say the same. */
  findRepeats(events: readonly EventInput[], tenant: string | null): Promise<(Repeat | null)[]> {
    return this.#ask((session, { registry, dedupeWindow }) =>
      findRepeats(session, registry, events, tenant, dedupeWindow),
    );
  }

  /** What was recorded in the last days: by type, severity, tier and day. */
  getStats(daysBack = 7, options: StatsOptions = {}): Promise<EventStats> {
    return this.#askAll((session, { registry }) =>
      getStats(session, registry, daysBack, known(optionNames.tenant, options)),
    );
  }

  /** The devices with the most events. */
  getMostActiveDevices(options: MostActiveDevicesOptions = {}): Promise<ActiveDevice[]> {
    return this.#askAll((session) => getMostActiveDevices(session, known(optionNames.devices, options)));
  }

  /** A device's health, day by day. */
  getDeviceHealthTrends(deviceUuid: string, options: AnalyticsOptions = {}): Promise<HealthOfDay[]> {
    return this.#ask((session) => getDeviceHealthTrends(session, deviceUuid, known(optionNames.analytics, options)));
  }

  /** How many events come at which hour of the day. */
  getEventHourlyDistribution(options: AnalyticsOptions = {}): Promise<HourOfDay[]> {
    return this.#askAll((session) => getEventHourlyDistribution(session, known(optionNames.analytics, options)));
  }

  /** What follows an event type, or comes before it, beyond chance. */
  getEventCorrelations(eventType: string, options: CorrelationOptions = {}): Promise<EventCorrelation[]> {
    return this.#askAll((session) =>
      getEventCorrelations(session, eventType, known(optionNames.correlations, options)),
    );
  }

  /** Which attributes single a set of events out. */
  getEventDifference(selection: EventSelection, options: DifferenceOptions = {}): Promise<EventDifference[]> {
    return this.#askAll((session) => getEventDifference(session, selection, known(optionNames.difference, options)));
  }

  /** Hands a device's events of a time to handlers by type, in order; answers with the state at its end. */
  async replayEvents(
    deviceUuid: string,
    fromTime: Time,
    toTime: Time,
    handlers: ReplayHandlers,
    options: ReplayOptions = {},
  ): Promise<Replay> {
    const { registry, rows } = this.#context;
    const asked = known(optionNames.replay, options);
    return replayEvents(this.#states(), registry, rows, deviceUuid, fromTime, toTime, handlers, asked);
  }

  /** A device's state at a time. */
  async createSnapshot(deviceUuid: string, atTime: Time, options: StateOptions = {}): Promise<DeviceSnapshot> {
    const asked = known(optionNames.tenant, options);
    return createSnapshot(this.#states(), this.#context.registry, deviceUuid, atTime, asked);
  }

  /** What changed in a device's state between two times, and which events changed it. */
  async compareStates(
    deviceUuid: string,
    time1: Time,
    time2: Time,
    options: StateOptions = {},
  ): Promise<StateComparison> {
    const asked = known(optionNames.tenant, options);
    return compareStates(this.#states(), this.#context.registry, deviceUuid, time1, time2, asked);
  }
}
