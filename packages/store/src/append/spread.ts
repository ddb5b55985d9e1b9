/** Spreads a batch over the logs of an epoch and counts every rank, so that SQL only adds the heads. */
import type { PreparedEvent } from '../event/prepare.ts';

/** One row of the batch on its way into the log. */
export interface BatchRow {
  readonly event: PreparedEvent;
  /** Where an event may be recorded under its id: -1 in any tier, else a tier's number; null where it cannot be. */
  check: number | null;
  /** Version that the row's stream must have before the batch; only its first row says so. */
  readonly expected?: number | undefined;
  /** Only for an import log: when it is said to have been recorded, in microseconds since 1970. */
  readonly recordedAt?: number | undefined;
  /** The inbox row that the event comes from. */
  readonly inboxId?: number | undefined;
}

/** A versioned stream of the batch. */
export interface BatchStream {
  readonly tenant: string | null;
  readonly type: string;
  readonly id: string;
  readonly expected: number | null;
  count: number;
  readonly firstRow: number;
}

export interface Spread {
  /** Ascending: locks are taken in this order, any other would deadlock. */
  readonly logs: number[];
  /** From 1, into `logs`. */
  readonly logIndex: number[];
  readonly rank: number[];
  readonly tierRank: number[];
  /** Rows of each tier, four for every log. */
  readonly counts: number[];
  /** The rows in the order in which they are sent: by tier, else as they came. */
  readonly order: number[];
  readonly streams: BatchStream[];
  /** From 1, into `streams`; null for a stream without versions. */
  readonly streamIndex: (number | null)[];
  readonly streamRank: (number | null)[];
}

/** Which log of an epoch a shard key goes to: its last four bytes, which are random in every UUID version in use. */
export function logOf(logs: readonly number[], shardKey: string): number {
  return logs.length === 1
    ? (logs[0] as number)
    : (logs[Number.parseInt(shardKey.slice(28), 16) % logs.length] as number);
}

export function streamKey(event: PreparedEvent): string {
  return JSON.stringify([event.fields.tenant, event.fields.place.aggregateType, event.fields.place.aggregateId]);
}

export function spread(
  rows: readonly BatchRow[],
  logOfRow: (row: BatchRow) => number,
  isVersioned: (aggregateType: string) => boolean,
): Spread {
  const rowLogs = rows.map(logOfRow);
  const logs = [...new Set(rowLogs)].sort((one, other) => one - other);
  const logIndex = rowLogs.map((log) => logs.indexOf(log) + 1);
  const next = logs.map(() => 0);
  const counts = logs.flatMap(() => [0, 0, 0, 0]);
  const byTier: number[][] = [[], [], [], []];
  const rank: number[] = [];
  const tierRank: number[] = [];
  for (let row = 0; row < rows.length; row++) {
    const log = (logIndex[row] as number) - 1;
    const tier = (rows[row] as BatchRow).event.fields.type.tierNumber;
    const cell = log * 4 + tier;
    next[log] = (next[log] as number) + 1;
    counts[cell] = (counts[cell] as number) + 1;
    rank.push(next[log]);
    tierRank.push(counts[cell]);
    byTier[tier]?.push(row);
  }
  return { logs, logIndex, rank, tierRank, counts, order: byTier.flat(), ...spreadStreams(rows, isVersioned) };
}

function spreadStreams(
  rows: readonly BatchRow[],
  isVersioned: (aggregateType: string) => boolean,
): Pick<Spread, 'streams' | 'streamIndex' | 'streamRank'> {
  const streams: BatchStream[] = [];
  const places = new Map<string, number>();
  const streamIndex: (number | null)[] = [];
  const streamRank: (number | null)[] = [];
  for (const [index, { event, expected }] of rows.entries()) {
    const { tenant, place: aggregate } = event.fields;
    if (!isVersioned(aggregate.aggregateType)) {
      streamIndex.push(null);
      streamRank.push(null);
      continue;
    }
    const key = streamKey(event);
    let place = places.get(key);
    if (place === undefined) {
      place = streams.length;
      places.set(key, place);
      const { aggregateType: type, aggregateId: id } = aggregate;
      streams.push({ tenant, type, id, expected: expected ?? null, count: 0, firstRow: index });
    }
    const stream = streams[place] as BatchStream;
    stream.count += 1;
    streamIndex.push(place + 1);
    streamRank.push(stream.count);
  }
  return { streams, streamIndex, streamRank };
}
