/** The names that the options of questions may have: a misspelt one would be passed by, and another question be answered. */
import { nearestNames, TelltaleError } from '@telltale/catalogue';
import type { CorrelationOptions } from './analytics/event-correlations.ts';
import type { DifferenceOptions } from './analytics/event-difference.ts';
import type { MostActiveDevicesOptions } from './analytics/most-active-devices.ts';
import type { AnalyticsOptions } from './analytics/window.ts';
import type { AggregateOptions } from './read/aggregate.ts';
import type { AggregateEventsOptions } from './read/aggregate-events.ts';
import type { ChainOptions } from './read/chain.ts';
import type { TimelineOptions } from './read/timeline.ts';
import type { SearchOptions } from './search/search.ts';
import type { TextSearchOptions } from './search/text-search.ts';
import type { ReplayOptions } from './state/replay.ts';

/** Every name of the options; the compiler finds one that is forgotten. */
type Names<Options> = Readonly<Record<keyof Options, true>>;

const tenant = { tenant: true } as const;
const ofAnalytics = { ...tenant, daysBack: true } as const satisfies Names<AnalyticsOptions>;

export const optionNames = {
  tenant,
  search: { total: true } as const satisfies Names<SearchOptions>,
  text: { ...tenant, deviceUuid: true, limit: true } as const satisfies Names<TextSearchOptions>,
  timeline: {
    ...tenant,
    sinceDate: true,
    untilDate: true,
    eventTypes: true,
    includeSampled: true,
    limit: true,
    order: true,
    cursor: true,
  } as const satisfies Names<TimelineOptions>,
  aggregateEvents: {
    ...tenant,
    since: true,
    limit: true,
    cursor: true,
  } as const satisfies Names<AggregateEventsOptions>,
  periods: { ...tenant, timeZone: true, emptyPeriods: true } as const satisfies Names<AggregateOptions>,
  chain: { ...tenant, limit: true, discreet: true } as const satisfies Names<ChainOptions>,
  analytics: ofAnalytics,
  devices: { ...ofAnalytics, limit: true } as const satisfies Names<MostActiveDevicesOptions>,
  correlations: { ...ofAnalytics, window: true, anchors: true } as const satisfies Names<CorrelationOptions>,
  difference: { ...tenant, baseline: true, sample: true, limit: true } as const satisfies Names<DifferenceOptions>,
  replay: { ...tenant, signal: true } as const satisfies Names<ReplayOptions>,
} as const;

/** The options. @throws InvalidArgument for a name that is none of theirs, with those that look like it. */
export function known<Options extends object>(names: Names<Options>, options: Options): Options {
  const found = Object.keys(options).find((name) => !Object.hasOwn(names, name));
  if (found === undefined) return options;
  const near = nearestNames(found, Object.keys(names));
  const hint = near.length > 0 ? `; did you mean ${near.join(' or ')}?` : '';
  throw new TelltaleError(
    'InvalidArgument',
    `/${found}: expected one of ${Object.keys(names).join(', ')} (found: ${found})${hint}`,
    { pointer: `/${found}`, found },
  );
}
