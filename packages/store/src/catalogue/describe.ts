/** What the database knows of every registered event type, for people and for other programs. */
import type { Category, EventType, Severity, StateChange, Tier } from '@telltale/catalogue';
import type { Session } from '../database/database.ts';
import { readStatement } from '../sql-file.ts';

const listEventTypes = readStatement('list_event_types');

/** A declaration as it is stored: without examples and without the functions that bring older data up. */
export interface EventTypeDescription
  extends Pick<
    EventType,
    | 'name'
    | 'version'
    | 'aggregate'
    | 'description'
    | 'category'
    | 'severity'
    | 'tier'
    | 'days'
    | 'personal'
    | 'repetitive'
    | 'sampled'
    | 'summary'
    | 'icon'
    | 'state'
  > {
  /** JSON Schema of the newest version. */
  readonly schema: object;
  readonly versions: readonly number[];
  /** Whether a user registered it at run time. */
  readonly registered: boolean;
}

interface Row {
  event_type: string;
  schema_version: number;
  aggregate_type: string;
  description: string;
  category: Category;
  severity: Severity;
  retention_tier: Tier;
  retention_days: number | null;
  personal: string[];
  repetitive_interval: number | null;
  sampled: boolean;
  summary: string;
  icon: string;
  state_changes: StateChange[];
  registered: boolean;
  schemas: Record<string, object>;
}

/** By name. */
export async function describeEventTypes(session: Session): Promise<EventTypeDescription[]> {
  const rows = await session.query<Row>(listEventTypes);
  return rows.map((row) => ({
    name: row.event_type,
    version: row.schema_version,
    aggregate: row.aggregate_type,
    description: row.description,
    category: row.category,
    severity: row.severity,
    tier: row.retention_tier,
    days: row.retention_days,
    personal: row.personal,
    repetitive: row.repetitive_interval === null ? null : { interval: row.repetitive_interval },
    sampled: row.sampled,
    summary: row.summary,
    icon: row.icon,
    state: row.state_changes,
    schema: row.schemas[String(row.schema_version)] ?? {},
    versions: Object.keys(row.schemas)
      .map(Number)
      .sort((one, other) => one - other),
    registered: row.registered,
  }));
}
