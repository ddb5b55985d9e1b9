/** Reads the events of one device, or of one aggregate. */
import { type Event, TelltaleError } from '@telltale/catalogue';
import type { Registry } from '../catalogue/registry.ts';
import type { Session, Value } from '../database/database.ts';
import { requireUuid } from '../event/envelope.ts';
import { formatTime, parseTime } from '../event/time.ts';
import { readStatement } from '../sql-file.ts';
import type { EventRow, RowReader } from './event-row.ts';
import { pageLimit } from './read-all.ts';

/** Which stream: a device, with everything that happened on it, or an aggregate of another type. */
export type StreamName =
  | { readonly deviceUuid: string }
  | { readonly aggregateType: string; readonly aggregateId: string; readonly tenant?: string };

export interface ReadStreamOptions {
  /** Events of one page, at most 10,000. Default 1,000. */
  readonly limit?: number;
  /** Newest first. */
  readonly backward?: boolean;
  /** The `nextCursor` of the page before. */
  readonly cursor?: string | null;
}

export interface StreamPage {
  readonly events: Event[];
  /** Null at the end. */
  readonly nextCursor: string | null;
}

const statements = {
  device: [readStatement('read_device'), readStatement('read_device_backward')],
  aggregate: [readStatement('read_aggregate'), readStatement('read_aggregate_backward')],
  stream: [readStatement('read_stream'), readStatement('read_stream_backward')],
} as const;

type StreamKind = keyof typeof statements;

/** Streams with versions come in order of version, all others in order of (timestamp, log, position). */
export async function readStream(
  session: Session,
  registry: Registry,
  rows: RowReader,
  name: StreamName,
  options: ReadStreamOptions = {},
): Promise<StreamPage> {
  const limit = pageLimit(options.limit);
  const { kind, values } = streamOf(registry, name);
  const statement = statements[kind][options.backward === true ? 1 : 0];
  const parameters: Record<string, Value> = { ...values, ...decodeKey(kind, options.cursor ?? null), limit: limit + 1 };
  const found = await session.query<EventRow>(
    statement,
    statement.parameters.map((parameter) => parameters[parameter] ?? null),
  );
  const page = found.slice(0, limit);
  const last = page.at(-1);
  return {
    events: await rows.toEvents(session, page),
    nextCursor: found.length > limit && last !== undefined ? encodeKey(kind, last) : null,
  };
}

function streamOf(registry: Registry, name: StreamName): { kind: StreamKind; values: Record<string, Value> } {
  if ('deviceUuid' in name) {
    return { kind: 'device', values: { shard_key: requireUuid(name.deviceUuid, '/deviceUuid') } };
  }
  const { aggregateType, aggregateId } = name;
  if (aggregateType === 'device') return streamOf(registry, { deviceUuid: aggregateId });
  if (!registry.isAggregateType(aggregateType)) {
    throw new TelltaleError(
      'InvalidArgument',
      `/aggregateType: expected a registered aggregate type (found: ${aggregateType})`,
    );
  }
  return {
    kind: registry.isVersioned(aggregateType) ? 'stream' : 'aggregate',
    values: { aggregate_type: aggregateType, aggregate_id: aggregateId, tenant: name.tenant ?? null },
  };
}

function encodeKey(kind: StreamKind, row: EventRow): string {
  const key = kind === 'stream' ? [row.stream_version] : [formatTime(Number(row.timestamp)), row.log, row.position];
  return Buffer.from(JSON.stringify([kind, ...key])).toString('base64url');
}

function decodeKey(kind: StreamKind, cursor: string | null): Record<string, Value> {
  if (cursor === null) return {};
  try {
    const [found, first, log, position] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
    if (found === kind && kind === 'stream' && isCount(first)) return { version: first };
    if (found === kind && kind !== 'stream' && isLog(log) && isCount(position)) {
      parseTime(first, '/cursor');
      return { timestamp: first as string, log, position };
    }
  } catch {
    // Told below, together with a cursor of another stream.
  }
  throw new TelltaleError(
    'InvalidCursor',
    `expected a cursor of this stream (found: ${String(cursor).slice(0, 40)}); start again without one`,
  );
}

/** A version or position as the rows have it: digits that a bigint holds. */
const isCount = (value: unknown): value is string => typeof value === 'string' && /^\d{1,18}$/.test(value);
const isLog = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) < 32_768;
