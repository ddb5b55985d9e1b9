/** The specification's static methods: each asks the store that `EventStore.configure` made. */
import type { Event, EventSearchCriteria } from '@telltale/catalogue';
import { defaultStore } from './default-store.ts';
import { EventQueries } from './event-queries.ts';
import type { AggregateOptions, Period, PeriodCount } from './read/aggregate.ts';
import type { Time } from './read/criterion.ts';
import type { DeviceSummary } from './read/summary.ts';
import type { TimelineOptions } from './read/timeline.ts';
import type { FoundText } from './search/text-search.ts';
import type { StateComparison } from './state/compare.ts';
import type { Replay, ReplayHandlers } from './state/replay.ts';
import type { DeviceSnapshot } from './state/snapshot.ts';

export class DefaultQueries extends EventQueries {
  static search(criteria?: EventSearchCriteria): Promise<Event[]> {
    return defaultStore().search(criteria);
  }

  static getDeviceTimeline(deviceUuid: string, options?: TimelineOptions): Promise<Event[]> {
    return defaultStore().getDeviceTimeline(deviceUuid, options);
  }

  static aggregateByPeriod(
    deviceUuid: string,
    period: Period,
    dateFrom: Time,
    dateTo: Time,
    options?: AggregateOptions,
  ): Promise<PeriodCount[]> {
    return defaultStore().aggregateByPeriod(deviceUuid, period, dateFrom, dateTo, options);
  }

  static getDeviceSummary(deviceUuid: string, daysBack?: number): Promise<DeviceSummary> {
    return defaultStore().getDeviceSummary(deviceUuid, daysBack);
  }

  static fullTextSearch(query: string, deviceUuid?: string, limit?: number): Promise<FoundText[]> {
    return defaultStore().fullTextSearch(query, deviceUuid, limit);
  }

  static replayEvents(deviceUuid: string, fromTime: Time, toTime: Time, handlers: ReplayHandlers): Promise<Replay> {
    return defaultStore().replayEvents(deviceUuid, fromTime, toTime, handlers);
  }

  static createSnapshot(deviceUuid: string, atTime: Time): Promise<DeviceSnapshot> {
    return defaultStore().createSnapshot(deviceUuid, atTime);
  }

  static compareStates(deviceUuid: string, time1: Time, time2: Time): Promise<StateComparison> {
    return defaultStore().compareStates(deviceUuid, time1, time2);
  }
}
