/** Which events of a call were recorded by an earlier try of the same call. */
import type { EventInput } from '@telltale/catalogue';
import type { Registry } from '../catalogue/registry.ts';
import { column } from '../database/column.ts';
import type { Session } from '../database/database.ts';
import { placeOf } from '../event/place.ts';
import { readStatement } from '../sql-file.ts';
import { valuesOf } from './criterion.ts';

const findRecorded = readStatement('find_recorded');

/** What is recorded under an event's id. */
export interface Repeat {
  readonly traceparent: string | null;
  /** Whether it lies where the event belongs. Elsewhere it is another event, and the log alone would take both. */
  readonly samePlace: boolean;
}

interface RecordedId {
  readonly event_id: string;
  readonly shard_key: string;
  readonly tenant: string | null;
  readonly traceparent: string | null;
}

/**
 * Looks up the events that have an id among those recorded within the window, of the tenant or (null) of all. Answers
 * for each event, null for one that is new.
 */
export async function findRepeats(
  session: Session,
  registry: Registry,
  events: readonly EventInput[],
  tenant: string | null,
  window: string,
): Promise<(Repeat | null)[]> {
  const ids = events.flatMap((event) => (event.event_id === undefined ? [] : [event.event_id.toLowerCase()]));
  if (ids.length === 0) return events.map(() => null);
  const values = valuesOf(findRecorded.parameters, { ids: column('uuid', ids), window, tenant });
  const recorded = new Map<string, RecordedId[]>();
  for (const row of await session.query<RecordedId>(findRecorded, values)) {
    recorded.set(row.event_id, [...(recorded.get(row.event_id) ?? []), row]);
  }
  return events.map((event) => {
    const [first, ...others] = recorded.get(event.event_id?.toLowerCase() ?? '') ?? [];
    if (first === undefined) return null;
    const shardKey = shardKeyOf(event, registry);
    const owner = event.metadata?.tenant?.id ?? null;
    const same = [first, ...others].find((row) => row.shard_key === shardKey && row.tenant === owner);
    return { traceparent: (same ?? first).traceparent, samePlace: same !== undefined || shardKey === null };
  });
}

/** Null for an event that publishing will refuse, and say why. */
function shardKeyOf(event: EventInput, registry: Registry): string | null {
  const type = registry.find(event.event_type);
  if (type === undefined) return null;
  try {
    return placeOf(event, type, registry).shardKey;
  } catch {
    return null;
  }
}
