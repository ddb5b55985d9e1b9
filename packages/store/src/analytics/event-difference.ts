/** Which attributes single a set of events out against another. */
import { isObject } from '@telltale/catalogue';
import type { Session } from '../database/database.ts';
import { refuseArgument, tenantOf, valuesOf, wholeNumber } from '../read/criterion.ts';
import { readStatement } from '../sql-file.ts';

const statement = readStatement('get_event_difference');

/** A set of events; what is left out does not matter. Without `from` and `event_ids`, the last 7 days. */
export interface EventSelection {
  readonly device_uuid?: string | readonly string[];
  readonly event_types?: readonly string[];
  readonly event_ids?: readonly string[];
  /** RFC 3339. */
  readonly from?: string;
  readonly to?: string;
  readonly severity_min?: string;
  readonly tenant?: string;
}

export interface DifferenceOptions {
  /** What the selection is compared with. Default: everything else in the same time. */
  readonly baseline?: EventSelection;
  /** Events of each side that are looked at, 10 to 20,000. Default 2,500. */
  readonly sample?: number;
  /** Rows, 1 to 1,000. Default 100. */
  readonly limit?: number;
  /** Default: all tenants. */
  readonly tenant?: string | null;
}

/** docs/guide/correlation.md explains the columns. */
export interface EventDifference {
  readonly attribute: string;
  readonly value: string;
  readonly selection_count: number;
  readonly selection_share: number;
  readonly baseline_count: number;
  readonly baseline_share: number;
  /** selection_share - baseline_share. */
  readonly risk_difference: number;
  readonly g2: number;
  readonly q: number;
}

/**
 * The largest difference first.
 * @throws InvalidArgument for what a selection does not have and for numbers out of range; UnknownEventType.
 */
export async function getEventDifference(
  session: Session,
  selection: EventSelection,
  options: DifferenceOptions = {},
): Promise<EventDifference[]> {
  if (!isObject(selection)) throw refuseArgument('/selection', 'an object', typeof selection);
  const values = {
    selection: JSON.stringify(selection),
    baseline: options.baseline === undefined ? null : JSON.stringify(options.baseline),
    sample: wholeNumber(options.sample ?? 2500, '/sample', 10, 20_000),
    limit: wholeNumber(options.limit ?? 100, '/limit', 1, 1000),
    tenant: tenantOf(options.tenant),
  };
  return session.query<EventDifference>(statement, valuesOf(statement.parameters, values));
}
