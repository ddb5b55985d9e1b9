/** Events of one log as segments take them: the keys of all in one list, and what is counted; no object of its own for any. */
import type { UnindexedRow } from './event-key.ts';

/** Times are microseconds since 1970. */
export interface KeyedEvents {
  readonly count: number;
  readonly positions: Float64Array;
  readonly timestamps: Float64Array;
  readonly recordedAt: Float64Array;
  readonly typeIds: Int32Array;
  readonly tiers: Uint8Array;
  readonly severities: Uint8Array;
  readonly tenants: readonly (string | null)[];
  /** Words of the search text, at most 255. */
  readonly lengths: Uint8Array;
  /** Where the keys of each event end in `keys`. A key may come twice. */
  readonly ends: Int32Array;
  readonly keys: Int32Array;
}

/** Microseconds: clocks differ, and queues wait, by less. */
const lateness = 3_600_000_000;

export function isLate(timestamp: number, recordedAt: number): boolean {
  return timestamp < recordedAt - lateness;
}

/** Usual keys of an event; a list that turns out too short is copied into one of twice the size. */
const usualKeys = 24;

export class KeyedEventsWriter {
  #keys = new Int32Array(1024 * usualKeys);
  #length = 0;

  add(key: number): void {
    if (this.#length === this.#keys.length) this.#grow();
    this.#keys[this.#length++] = key;
  }

  addAll(keys: readonly number[]): void {
    for (let index = 0; index < keys.length; index++) this.add(keys[index] as number);
  }

  #grow(): void {
    const keys = new Int32Array(this.#keys.length * 2);
    keys.set(this.#keys);
    this.#keys = keys;
  }

  /** @param writeKeys adds the keys of a row to this; returns the words of its search text. */
  write(rows: readonly UnindexedRow[], writeKeys: (row: UnindexedRow) => number): KeyedEvents {
    this.#length = 0;
    const keyed = emptyEvents(rows);
    for (let index = 0; index < rows.length; index++) {
      const row = rows[index] as UnindexedRow;
      keyed.positions[index] = Number(row.position);
      keyed.timestamps[index] = Number(row.timestamp);
      keyed.recordedAt[index] = Number(row.recorded_at);
      keyed.typeIds[index] = row.type_id;
      keyed.tiers[index] = row.tier;
      keyed.severities[index] = row.severity;
      keyed.lengths[index] = Math.min(writeKeys(row), 255);
      keyed.ends[index] = this.#length;
    }
    return { ...keyed, keys: this.#keys.slice(0, this.#length) };
  }
}

function emptyEvents(rows: readonly UnindexedRow[]): Omit<KeyedEvents, 'keys'> {
  const count = rows.length;
  return {
    count,
    positions: new Float64Array(count),
    timestamps: new Float64Array(count),
    recordedAt: new Float64Array(count),
    typeIds: new Int32Array(count),
    tiers: new Uint8Array(count),
    severities: new Uint8Array(count),
    tenants: rows.map((row) => row.tenant),
    lengths: new Uint8Array(count),
    ends: new Int32Array(count),
  };
}
