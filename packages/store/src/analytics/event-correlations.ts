/** What follows an event type, or comes before it, more often or less often than chance lets expect. */
import type { Session } from '../database/database.ts';
import { refuseArgument, valuesOf, wholeNumber } from '../read/criterion.ts';
import { readStatement } from '../sql-file.ts';
import { type AnalyticsOptions, windowValues } from './window.ts';

const statement = readStatement('get_event_correlations');

export interface CorrelationOptions extends AnalyticsOptions {
  /** Seconds before and behind each event that are looked at, 1 to 43,200. Default 1,800. */
  readonly window?: number;
  /** Events of the type that are sampled at most, 10 to 20,000. Default 5,000. */
  readonly anchors?: number;
}

/** docs/guide/correlation.md explains the method. */
export interface EventCorrelation {
  readonly correlated_event_type: string;
  /** Whether the other type follows or precedes. */
  readonly direction: 'follows' | 'precedes';
  /** -1 to 1: the share of the events that have it beyond chance; below 0, of those to be expected that stay away. */
  readonly correlation_strength: number;
  /** Mean time of the excess alone; null where it tells nothing. */
  readonly avg_time_between_seconds: number | null;
  /** Anchors that had it. */
  readonly support: number;
  /** Anchors that would have had it by chance. */
  readonly expected: number;
  readonly anchors: number;
  /** Devices that count for it. */
  readonly devices: number;
  /** support / expected; null where nothing was expected. */
  readonly lift: number | null;
  readonly z: number;
  /** Benjamini-Hochberg level over all types and both directions. */
  readonly q: number;
  /** What else explains it; null: nothing that was looked for. */
  readonly explanation: 'common cause' | 'weekly rhythm' | null;
}

/**
 * The strongest first; of the last `daysBack` (default 7) days.
 * @throws UnknownEventType, and InvalidArgument for numbers out of range.
 */
export async function getEventCorrelations(
  session: Session,
  eventType: string,
  options: CorrelationOptions = {},
): Promise<EventCorrelation[]> {
  if (typeof eventType !== 'string') throw refuseArgument('/eventType', 'the name of an event type', eventType);
  const values = {
    ...windowValues(options, 7),
    event_type: eventType,
    seconds: wholeNumber(options.window ?? 1800, '/window', 1, 43_200),
    anchors: wholeNumber(options.anchors ?? 5000, '/anchors', 10, 20_000),
  };
  return session.query<EventCorrelation>(statement, valuesOf(statement.parameters, values));
}
