/** Telltale's event store on PostgreSQL. */
export type { HealthOfDay } from './analytics/device-health-trends.ts';
export type { CorrelationOptions, EventCorrelation } from './analytics/event-correlations.ts';
export type { DifferenceOptions, EventDifference, EventSelection } from './analytics/event-difference.ts';
export type { HourOfDay } from './analytics/event-hourly-distribution.ts';
export type { ActiveDevice, MostActiveDevicesOptions } from './analytics/most-active-devices.ts';
export type { AnalyticsOptions } from './analytics/window.ts';
export type { ExpectedVersion, PublishBatchOptions, PublishOptions, RefusedEvent } from './append/publish.ts';
export type { EventTypeDescription } from './catalogue/describe.ts';
export type { EventTypeRegistration } from './catalogue/register.ts';
export type { StoreConnection, StoreTransaction } from './database/connection.ts';
export { openDatabase } from './database/connection.ts';
export type { Database, PoolUse, Session } from './database/database.ts';
export type { Diagnosis, Finding, LogReport } from './doctor.ts';
export type { EventLimits } from './event/prepare.ts';
export { uuidv5 } from './event/uuid.ts';
export { EventPublisher, type PublisherDefaults } from './event-publisher.ts';
export { type AnyEventStore, EventStore } from './event-store.ts';
export type { ImportOptions, ImportRecord, ImportReport } from './import.ts';
export type { MoveReport } from './inbox/mover.ts';
export { LiveLog } from './live-log.ts';
export { checkDrift, type Drift, type Manifest, readSchemaManifest } from './migrate/drift.ts';
export { type MigrationReport, migrate, printMigration } from './migrate/migrate.ts';
export type { Backlog, StoreGauges, StoreMonitor } from './monitor.ts';
export { dropPartition, finishDrops, listPartitions, type Partition } from './partition/partition.ts';
export type { AggregateOptions, Period, PeriodCount } from './read/aggregate.ts';
export type { AggregateEventsOptions } from './read/aggregate-events.ts';
export { Bookmark, type PassedEvent } from './read/bookmark.ts';
export type { ChainNode, ChainOptions, EventChain, MissingEvent } from './read/chain.ts';
export type { Time } from './read/criterion.ts';
export type { EventOptions } from './read/event.ts';
export type { QueryPage } from './read/keyset.ts';
export type { EventFilter, EventPage, Gap, ReadOptions } from './read/read-all.ts';
export type { ReadStreamOptions, StreamName, StreamPage } from './read/read-stream.ts';
export type { Repeat } from './read/repeat.ts';
export type { EventStats, StatsOptions, TierCount } from './read/stats.ts';
export type { DeviceSummary, SummaryOptions } from './read/summary.ts';
export type { TimelineOptions } from './read/timeline.ts';
export type { Verification, VerifyReport } from './read/verify.ts';
export type { SearchOptions, SearchPage } from './search/search.ts';
export type { Snippet } from './search/text-match.ts';
export type { FoundText, TextPage, TextSearchOptions } from './search/text-search.ts';
export type { StateChangeRecord, StateComparison } from './state/compare.ts';
export type { Replay, ReplayHandlers, ReplayOptions } from './state/replay.ts';
export type { DeviceSnapshot, StateOptions } from './state/snapshot.ts';
export type { EventStoreOptions } from './store-option.ts';
export {
  type EventHandler,
  type SubscribeOptions,
  Subscription,
  type SubscriptionLag,
} from './subscription/subscription.ts';
export { TenantStore } from './tenant-store.ts';
export type { CustomEvents, EventData, Publishable, TypedInput } from './typed-event.ts';
