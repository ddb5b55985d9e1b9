/** The events behind the segments, as a search reads them: by their columns, so that few leave PostgreSQL. */
import { type Filter, severities } from '@telltale/catalogue';
import type { RegisteredType, Registry } from '../catalogue/registry.ts';
import { column } from '../database/column.ts';
import type { Session, Value } from '../database/database.ts';
import { parseUuid } from '../event/uuid.ts';
import { valuesOf } from '../read/criterion.ts';
import type { EventRow } from '../read/event-row.ts';
import type { IndexedLog } from '../segment/indexer.ts';
import { readStatement } from '../sql-file.ts';

const readTail = readStatement('read_tail');

/** What the columns of every event that the filter lets through have; null for anything. */
type ColumnBounds = Readonly<
  Record<'type_ids' | 'severities' | 'devices' | 'correlations' | 'causations' | 'actors', Value>
>;

/** Bounds by what must hold for the whole filter. */
export function columnBounds(tree: Filter, registry: Registry): ColumnBounds {
  const bounds: Record<keyof ColumnBounds, Value> = {
    type_ids: null,
    severities: null,
    devices: null,
    correlations: null,
    causations: null,
    actors: null,
  };
  for (const part of tree.kind === 'and' ? tree.parts : [tree]) {
    if (part.kind !== 'value') continue;
    const texts = part.values.map((value) =>
      value.kind === 'text' && value.parts.length === 1 ? value.parts[0] : undefined,
    );
    if (texts.includes(undefined)) continue;
    const [name, list] = boundOf(part.field.name, texts as string[], registry) ?? [];
    if (name !== undefined && list !== undefined) bounds[name] = list;
  }
  return bounds;
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
  readonly bounds: ColumnBounds;
  /** Keyset, time, tenant and limit, as read_positions.sql has them. */
  readonly page: Readonly<Record<string, Value>>;
}

/** Rows of the logs behind their segments, newest first. */
export async function readTailRows(
  session: Session,
  logs: readonly IndexedLog[],
  { bounds, page }: TailQuestion,
): Promise<EventRow[]> {
  const behind = logs.filter((log) => log.head > log.indexed);
  if (behind.length === 0) return [];
  const values: Record<string, Value> = {
    ...page,
    ...bounds,
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
    since: column(
      'timestamptz',
      behind.map(({ recordedTo }) => recordedTo),
    ),
  };
  return session.query<EventRow>(readTail, valuesOf(readTail.parameters, values));
}
