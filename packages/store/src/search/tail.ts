/** The events behind the segments, as a search reads them: by their columns, so that few leave PostgreSQL. */
import { type Filter, severities } from '@telltale/catalogue';
import type { RegisteredType, Registry } from '../catalogue/registry.ts';
import { column } from '../database/column.ts';
import type { Session, Value } from '../database/database.ts';
import { formatTime } from '../event/time.ts';
import { parseUuid } from '../event/uuid.ts';
import type { EventRow } from '../read/event-row.ts';
import type { IndexedLog } from '../segment/indexer.ts';
import { readStatement } from '../sql-file.ts';
import { type Condition, conditionOf } from './condition.ts';
import { askWhere } from './position.ts';

const readTail = readStatement('read_tail');

/** What the columns of every event that the filter lets through have; null for anything. */
type ColumnBounds = Readonly<
  Record<'type_ids' | 'severities' | 'devices' | 'correlations' | 'causations' | 'actors', Value>
>;

/** How the tail is asked for what a filter means. */
export interface TailFilter {
  readonly bounds: ColumnBounds;
  /** What the bounds do not say; null where they say all. It is planned anew each time, which takes some milliseconds. */
  readonly condition: Condition | null;
}

export function tailFilter(tree: Filter, registry: Registry): TailFilter {
  const { bounds, complete } = columnBounds(tree, registry);
  const first = readTail.parameters.length + 1;
  return { bounds, condition: complete ? null : conditionOf(tree, { registry, first }) };
}

/** Bounds by what must hold for the whole filter, and whether they, with the times, are all of it. */
function columnBounds(tree: Filter, registry: Registry): { bounds: ColumnBounds; complete: boolean } {
  const bounds: Record<keyof ColumnBounds, Value> = {
    type_ids: null,
    severities: null,
    devices: null,
    correlations: null,
    causations: null,
    actors: null,
  };
  let complete = true;
  for (const part of tree.kind === 'and' ? tree.parts : [tree]) {
    if (part.kind === 'order' && part.field.name === 'timestamp') continue;
    if (part.kind !== 'value') {
      complete = false;
      continue;
    }
    const texts = part.values.map((value) =>
      value.kind === 'text' && value.parts.length === 1 ? value.parts[0] : undefined,
    );
    const [name, list] =
      (texts.includes(undefined) ? undefined : boundOf(part.field.name, texts as string[], registry)) ?? [];
    if (name !== undefined && list !== undefined && bounds[name] === null) bounds[name] = list;
    else if (part.field.name !== 'tenant') complete = false;
  }
  return { bounds, complete };
}

function boundOf(
  field: string,
  texts: readonly string[],
  registry: Registry,
): readonly [keyof ColumnBounds, Value] | undefined {
  switch (field) {
    case 'type':
      return ['type_ids', typeIds((type) => texts.includes(type.name), registry)];
    case 'category':
      return ['type_ids', typeIds((type) => texts.includes(type.category), registry)];
    case 'severity':
      return [
        'severities',
        column(
          'int2',
          texts.map((text) => severities.indexOf(text as (typeof severities)[number])),
        ),
      ];
    case 'device':
      return uuids('devices', texts);
    case 'correlation':
      return uuids('correlations', texts);
    case 'causation':
      return uuids('causations', texts);
    case 'actor.id':
      return ['actors', column('text', texts)];
    default:
      return undefined;
  }
}

function typeIds(wanted: (type: RegisteredType) => boolean, registry: Registry): Value {
  const types = registry.names().map((name) => registry.find(name) as RegisteredType);
  const ids = types.filter(wanted).map((type) => type.id);
  return ids.length === 0 ? '{}' : column('int4', ids);
}

/** What is no UUID is left to the filter, which knows that nothing equals it. */
function uuids(name: keyof ColumnBounds, texts: readonly string[]): readonly [keyof ColumnBounds, Value] | undefined {
  const list = texts.map(parseUuid);
  return list.includes(undefined) ? undefined : [name, column('uuid', list as string[])];
}

export interface TailQuestion {
  readonly filter: TailFilter;
  /** Keyset, time, tenant and limit, as read_positions.sql has them. */
  readonly page: Readonly<Record<string, Value>>;
}

/** Rows of the logs behind their segments, newest first. */
export async function readTailRows(
  session: Session,
  logs: readonly IndexedLog[],
  { filter, page }: TailQuestion,
): Promise<EventRow[]> {
  const behind = logs.filter((log) => log.head > log.indexed);
  if (behind.length === 0) return [];
  const values: Record<string, Value> = {
    ...page,
    ...filter.bounds,
    logs: column(
      'int2',
      behind.map(({ log }) => log),
    ),
    indexed: column(
      'int8',
      behind.map(({ indexed }) => indexed),
    ),
    heads: column(
      'int8',
      behind.map(({ head }) => head),
    ),
    recorded_from: recordedFrom(behind),
  };
  return askWhere<EventRow>(session, readTail, values, filter.condition);
}

/** When the first event behind the segments can have been recorded: not before the last one of each log's segments. */
export function recordedFrom(behind: readonly IndexedLog[]): string {
  const times = behind.map(({ recordedTo }) => recordedTo);
  return times.includes(null) ? '-infinity' : formatTime(Math.min(...(times as number[])));
}
