/** The SQL half of the filter's table of fields: how each field of an event comes out of its row. Beside this nothing composes SQL. */
import { actorTypes, type FieldName, type FilterField, impacts, severities } from '@telltale/catalogue';

/** SQL expressions over the row `e` and its interned metadata `c`. */
export interface JsonColumn {
  /** The value as text, null when it is missing or a JSON null. */
  readonly text: string;
  /** The JSON type of the value. */
  readonly type: string;
}

/** The fields whose conditions are not a comparison of one column. */
type OtherField = 'type' | 'category' | 'tag' | 'data' | 'metadata';

/** Words in the database are their places in the list. */
const wordAt = (words: readonly string[], column: string): string =>
  `(array[${words.map((word) => `'${word}'`).join(', ')}])[${column} + 1]`;

/** The id of an actor: left out where it repeats the shard key. */
const actorId = 'case when e.actor_type is not null then coalesce(e.actor_id, e.shard_key::text) end';

/** What of the interned and the event's own metadata is there; their keys never meet. */
const either = (path: string): string => `coalesce(c.context ${path}, e.context ${path})`;

export const columns: Record<Exclude<FieldName, OtherField>, string> = {
  severity: 'e.severity',
  outcome: 'e.outcome',
  impact: 'e.impact',
  tier: 'e.tier',
  device: 'case when e.on_device then e.shard_key end',
  'aggregate.type': `coalesce(e.aggregate_type, 'device')`,
  'aggregate.id': 'coalesce(e.aggregate_id, e.shard_key::text)',
  'actor.type': 'e.actor_type',
  'actor.id': actorId,
  source: `coalesce(e.source, ${either(`-> 'source' ->> 'service'`)})`,
  service: either(`-> 'source' ->> 'service'`),
  environment: either(`-> 'source' ->> 'environment'`),
  tenant: 'e.tenant',
  correlation: 'e.correlation_id',
  causation: 'e.causation_id',
  event: 'e.event_id',
  timestamp: 'e."timestamp"',
  recorded_at: 'e.recorded_at',
  log: 'e.log',
  position: 'e.position',
  version: 'e.schema_version',
  traceparent: 'e.traceparent',
};

/** The text of the tag whose name is the given parameter. */
export const tagColumn = (name: string): string => either(`-> 'tags' ->> ${name}::text`);

/** The value at a path of data or metadata; `bind` makes a parameter of the keys. */
export function jsonColumn({ name, path }: FilterField, bind: (keys: readonly string[]) => string): JsonColumn {
  if (name === 'data') {
    const keys = `${bind(path)}::text[]`;
    return { text: `e.data #>> ${keys}`, type: `json_typeof(e.data #> ${keys})` };
  }
  const made = madeUp(path);
  if (made !== undefined) return made;
  const keys = `${bind(path)}::text[]`;
  return {
    text: either(`#>> ${keys}`),
    type: `coalesce(jsonb_typeof(c.context #> ${keys}), json_typeof(e.context #> ${keys}))`,
  };
}

const textColumn = (text: string): JsonColumn => ({ text, type: `'string'` });
const missing: JsonColumn = { text: 'null::text', type: 'null::text' };

/** Metadata that is not stored as such: severity, impact, and an actor's type and id are columns. */
function madeUp([first, second, ...rest]: readonly string[]): JsonColumn | undefined {
  if (first === 'severity' || first === 'impact') {
    if (second !== undefined) return missing;
    return textColumn(first === 'severity' ? wordAt(severities, 'e.severity') : wordAt(impacts, 'e.impact'));
  }
  if (first !== 'actor') return undefined;
  if (second === undefined) {
    return {
      text: `case when e.actor_type is not null then '{}' end`,
      type: `case when e.actor_type is not null then 'object' end`,
    };
  }
  if (second !== 'type' && second !== 'id') return undefined;
  if (rest.length > 0) return missing;
  return textColumn(second === 'id' ? actorId : wordAt(actorTypes, 'e.actor_type'));
}
