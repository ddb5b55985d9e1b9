/** One tenant's part of a store: the one place that binds the tenant into every statement and every event published. */
import {
  type Event,
  type EventInput,
  type EventSearchCriteria,
  isObject,
  type Receipt,
  TelltaleError,
} from '@telltale/catalogue';
import type { HealthOfDay } from './analytics/device-health-trends.ts';
import type { CorrelationOptions, EventCorrelation } from './analytics/event-correlations.ts';
import type { DifferenceOptions, EventDifference, EventSelection } from './analytics/event-difference.ts';
import type { HourOfDay } from './analytics/event-hourly-distribution.ts';
import type { ActiveDevice, MostActiveDevicesOptions } from './analytics/most-active-devices.ts';
import type { AnalyticsOptions } from './analytics/window.ts';
import type { PublishOptions, RefusedEvent } from './append/publish.ts';
import { ownOfDevice } from './device-event.ts';
import type { AnyEventStore } from './event-store.ts';
import type { AggregateOptions, Period, PeriodCount } from './read/aggregate.ts';
import type { AggregateEventsOptions } from './read/aggregate-events.ts';
import type { ChainOptions, EventChain } from './read/chain.ts';
import type { Time } from './read/criterion.ts';
import type { QueryPage } from './read/keyset.ts';
import type { EventFilter, EventPage, ReadOptions } from './read/read-all.ts';
import type { Repeat } from './read/repeat.ts';
import type { EventStats, StatsOptions } from './read/stats.ts';
import type { DeviceSummary, SummaryOptions } from './read/summary.ts';
import type { TimelineOptions } from './read/timeline.ts';
import type { Verification } from './read/verify.ts';
import type { SearchOptions, SearchPage } from './search/search.ts';
import type { TextPage, TextSearchOptions } from './search/text-search.ts';
import type { StateComparison } from './state/compare.ts';
import type { Replay, ReplayHandlers, ReplayOptions } from './state/replay.ts';
import type { DeviceSnapshot, StateOptions } from './state/snapshot.ts';

export class TenantStore {
  readonly #store: AnyEventStore;
  /** Null: all tenants. */
  readonly tenant: string | null;

  /** Null: whoever of the tenant. Else the device that publishes; that it reads its own alone, is its caller's to see to. */
  readonly device: string | null;

  constructor(store: AnyEventStore, tenant: string | null, device: string | null = null) {
    this.#store = store;
    this.tenant = tenant;
    this.device = device;
  }

  /** The options with the tenant in them. @throws Forbidden for another tenant's. */
  #bind<Options extends { readonly tenant?: string | null | undefined }>(options: Options): Options {
    if (this.tenant === null) return options;
    this.#allow(options.tenant);
    return { ...options, tenant: this.tenant };
  }

  #allow(tenant: unknown): void {
    if (this.tenant === null || tenant == null || tenant === this.tenant) return;
    throw new TelltaleError('Forbidden', `tenant: expected the tenant of the token, or none (found: another)`, {
      pointer: '/tenant',
    });
  }

  #own(event: EventInput, index: number): EventInput {
    const own = this.#ownOfTenant(event, index);
    return this.device === null ? own : ownOfDevice(own, index, this.device);
  }

  /** The event as one of this tenant's. @throws Forbidden when it says it is another's. */
  #ownOfTenant(event: EventInput, index: number): EventInput {
    if (this.tenant === null) return event;
    // What is no event is refused with all its faults by the store.
    if (!isObject(event) || (event.metadata !== undefined && !isObject(event.metadata))) return event;
    const said = event.metadata?.tenant;
    if (said !== undefined && said?.id !== this.tenant) {
      throw new TelltaleError(
        'Forbidden',
        `event ${index}: /metadata/tenant/id: expected the tenant of the token, or none (found: another)`,
        { index, pointer: '/metadata/tenant/id' },
      );
    }
    return said === undefined
      ? { ...event, metadata: { ...event.metadata, tenant: { id: this.tenant, name: this.tenant } } }
      : event;
  }

  #ownAll(events: readonly EventInput[]): EventInput[] {
    return events.map((event, index) => this.#own(event, index));
  }

  publishBatch(events: readonly EventInput[], options?: PublishOptions): Promise<Receipt[]> {
    return this.#store.publishBatch(this.#ownAll(events), { ...options, partial: false });
  }

  /** An event that says it is another tenant's is refused like any other bad one. */
  async publishPartial(
    events: readonly EventInput[],
  ): Promise<{ receipts: (Receipt | null)[]; refused: RefusedEvent[] }> {
    const foreign: RefusedEvent[] = [];
    const own = events.flatMap((event, index) => {
      try {
        return [{ index, event: this.#own(event, index) }];
      } catch (error) {
        foreign.push({ index, error: error as TelltaleError });
        return [];
      }
    });
    const stored = await this.#store.publishBatch(
      own.map(({ event }) => event),
      { partial: true },
    );
    const receipts: (Receipt | null)[] = events.map(() => null);
    for (const [place, receipt] of stored.receipts.entries()) receipts[own[place]?.index ?? -1] = receipt;
    const refused = stored.refused.map(({ index, error }) => ({ index: own[index]?.index ?? index, error }));
    return { receipts, refused: [...foreign, ...refused].sort((one, other) => one.index - other.index) };
  }

  searchPage(criteria: EventSearchCriteria, options?: SearchOptions): Promise<SearchPage> {
    return this.#store.searchPage(this.tenant === null ? criteria : this.#bindCriteria(criteria), options);
  }

  #bindCriteria(criteria: EventSearchCriteria): EventSearchCriteria {
    this.#allow(criteria.tenant);
    return { ...criteria, tenant: this.tenant as string };
  }

  fullTextPage(query: string, options: TextSearchOptions = {}): Promise<TextPage> {
    return this.#store.fullTextPage(query, this.#bind(options));
  }

  deviceTimelinePage(deviceUuid: string, options: TimelineOptions = {}): Promise<QueryPage> {
    return this.#store.deviceTimelinePage(deviceUuid, this.#bind(options));
  }

  aggregateEventsPage(type: string, id: string, options: AggregateEventsOptions = {}): Promise<QueryPage> {
    return this.#store.aggregateEventsPage(type, id, this.#bind(options));
  }

  aggregateByPeriod(
    deviceUuid: string,
    period: Period,
    dateFrom: Time,
    dateTo: Time,
    options: AggregateOptions = {},
  ): Promise<PeriodCount[]> {
    return this.#store.aggregateByPeriod(deviceUuid, period, dateFrom, dateTo, this.#bind(options));
  }

  getDeviceSummary(deviceUuid: string, daysBack?: number, options: SummaryOptions = {}): Promise<DeviceSummary> {
    return this.#store.getDeviceSummary(deviceUuid, daysBack, this.#bind(options));
  }

  /** @throws NotFound */
  async getEvent(eventId: string): Promise<Event> {
    const event = await this.#store.getEvent(eventId, this.#bind({}));
    if (event !== null) return event;
    throw new TelltaleError('NotFound', 'expected the id of a recorded event (found: another)', {
      pointer: '/event_id',
    });
  }

  /** @throws NotFound */
  async verifyEvent(eventId: string): Promise<Verification[]> {
    await this.getEvent(eventId);
    return this.#store.verifyEvent(eventId, this.tenant);
  }

  /** Which events an earlier try of the same call recorded. */
  findRepeats(events: readonly EventInput[]): Promise<(Repeat | null)[]> {
    const own = events.map((event, index) => {
      try {
        return this.#own(event, index);
      } catch {
        // Publishing it will say what is wrong with it.
        return event;
      }
    });
    return this.#store.findRepeats(own, this.tenant);
  }

  /** @throws NotFound */
  async getEventChain(eventId: string, options: ChainOptions = {}): Promise<EventChain> {
    await this.getEvent(eventId);
    return this.#store.getEventChain(eventId, { ...this.#bind(options), discreet: this.tenant !== null });
  }

  getStats(daysBack?: number, options: StatsOptions = {}): Promise<EventStats> {
    return this.#store.getStats(daysBack, this.#bind(options));
  }

  getMostActiveDevices(options: MostActiveDevicesOptions = {}): Promise<ActiveDevice[]> {
    return this.#store.getMostActiveDevices(this.#bind(options));
  }

  getDeviceHealthTrends(deviceUuid: string, options: AnalyticsOptions = {}): Promise<HealthOfDay[]> {
    return this.#store.getDeviceHealthTrends(deviceUuid, this.#bind(options));
  }

  getEventHourlyDistribution(options: AnalyticsOptions = {}): Promise<HourOfDay[]> {
    return this.#store.getEventHourlyDistribution(this.#bind(options));
  }

  getEventCorrelations(eventType: string, options: CorrelationOptions = {}): Promise<EventCorrelation[]> {
    return this.#store.getEventCorrelations(eventType, this.#bind(options));
  }

  getEventDifference(selection: EventSelection, options: DifferenceOptions = {}): Promise<EventDifference[]> {
    this.#allow(selection.tenant);
    this.#allow(options.baseline?.tenant);
    return this.#store.getEventDifference(selection, this.#bind(options));
  }

  replayEvents(
    deviceUuid: string,
    fromTime: Time,
    toTime: Time,
    handlers: ReplayHandlers,
    options: ReplayOptions = {},
  ): Promise<Replay> {
    return this.#store.replayEvents(deviceUuid, fromTime, toTime, handlers, this.#bind(options));
  }

  createSnapshot(deviceUuid: string, atTime: Time, options: StateOptions = {}): Promise<DeviceSnapshot> {
    return this.#store.createSnapshot(deviceUuid, atTime, this.#bind(options));
  }

  compareStates(deviceUuid: string, time1: Time, time2: Time, options: StateOptions = {}): Promise<StateComparison> {
    return this.#store.compareStates(deviceUuid, time1, time2, this.#bind(options));
  }

  readAll(cursor: string | null, filter: EventFilter = {}, options?: ReadOptions): Promise<EventPage> {
    return this.#store.readAll(cursor, this.#bindFilter(filter), options);
  }

  readLast(count: number, filter: EventFilter = {}): Promise<{ events: Event[]; cursor: string }> {
    return this.#store.readLast(count, this.#bindFilter(filter));
  }

  #bindFilter(filter: EventFilter): EventFilter {
    if (this.tenant === null) return filter;
    this.#allow(filter.tenant);
    return { ...filter, tenant: this.tenant };
  }
}
