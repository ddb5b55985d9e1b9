/** Folds a device's events up to a time, from the best stored snapshot on. */

import { type DeviceState, foldEvent } from '@telltale/catalogue';
import type { Registry } from '../catalogue/registry.ts';
import { column } from '../database/column.ts';
import type { Database } from '../database/database.ts';
import { formatTime } from '../event/time.ts';
import { valuesOf } from '../read/criterion.ts';
import { readStatement } from '../sql-file.ts';
import { type Footing, findFooting, type Rung, storeRungs } from './ladder.ts';
import { beginning, inMoment, type Moment, type Subject } from './moment.ts';

const readStateEvents = readStatement('read_state_events');
const countBetween = readStatement('count_between');

/** Events of one page. */
const pageSize = 1000;
/** State-changing events between two snapshots: what a read folds at most once they are there. */
const rungDistance = 500;
/** Snapshots that one fold writes at most; a longer one doubles their distance, and later reads fill in between. */
const mostRungs = 256;
/** A log and a position behind all of one time. */
const last = { log: 32_767, position: '9223372036854775807' };

interface StateEventRow {
  readonly timestamp: string;
  readonly log: number;
  readonly position: string;
  readonly type_id: number;
  readonly schema_version: number;
  readonly event_id: string;
  readonly data: string;
}

/** An event that may change the state, and what it does to a state. */
export interface StateEvent {
  readonly event_id: string;
  readonly timestamp: string;
  readonly apply: (state: DeviceState) => DeviceState;
}

export interface FoldedDevice extends Footing {
  readonly state: DeviceState;
  readonly eventCount: number;
  /** Snapshots worth keeping that this fold has passed. */
  readonly rungs: readonly Rung[];
}

/** Everything behind one time and up to another that may change the state, in order, page by page. */
export async function* readStateChanges(
  moment: Moment,
  subject: Subject,
  after: string,
  until: string,
): AsyncGenerator<StateEvent[]> {
  let key = { after, ...last };
  for (;;) {
    const rows = await moment.session.query<StateEventRow>(
      readStateEvents,
      valuesOf(readStateEvents.parameters, {
        shard_key: subject.shardKey,
        tenant: subject.tenant,
        type_ids: column('int4', moment.rules.ids),
        since: key.after,
        ...key,
        until,
        limit: pageSize,
      }),
    );
    yield rows.map((row) => stateEventOf(moment, row));
    const end = rows.at(-1);
    if (end === undefined || rows.length < pageSize) return;
    key = { after: formatTime(Number(end.timestamp)), log: end.log, position: end.position };
  }
}

function stateEventOf(moment: Moment, row: StateEventRow): StateEvent {
  const timestamp = formatTime(Number(row.timestamp));
  const rule = moment.rules.byId.get(row.type_id);
  const type = moment.registry.findById(row.type_id);
  const apply = (state: DeviceState): DeviceState => {
    if (rule === undefined) return state;
    const parsed: unknown = JSON.parse(row.data);
    const data = type === undefined ? parsed : moment.registry.upcast(type, row.schema_version, parsed).data;
    return foldEvent(state, { event_type: rule.name, timestamp, data }, rule.state);
  };
  return { event_id: row.event_id, timestamp, apply };
}

export interface FoldOptions {
  /** Whether the state at its end is worth keeping, however little was folded. */
  readonly keepsEnd?: boolean;
}

/** The state at a time, within a moment. */
export async function foldDevice(
  moment: Moment,
  subject: Subject,
  until: string,
  { keepsEnd = false }: FoldOptions = {},
): Promise<FoldedDevice> {
  const footing = await findFooting(moment, subject, until);
  const marks = new Marks();
  let state: DeviceState = footing.rung?.state ?? {};
  const start = footing.rung?.timestamp ?? beginning;
  for await (const page of readStateChanges(moment, subject, start, until)) {
    for (const event of page) {
      marks.before(event.timestamp, state);
      state = event.apply(state);
    }
  }
  marks.end(state);
  if (keepsEnd) marks.keep(until, state);
  const counts = await countSpans(moment, subject, [start, ...marks.passed.map((mark) => mark.timestamp), until]);
  let eventCount = footing.rung?.eventCount ?? 0;
  const rungs = marks.passed.map((mark, index) => {
    eventCount += counts[index] as number;
    return { ...mark, eventCount };
  });
  return { ...footing, state, rungs, eventCount: eventCount + (counts.at(-1) as number) };
}

async function countSpans(moment: Moment, subject: Subject, times: readonly string[]): Promise<number[]> {
  const rows = await moment.session.query<{ events: string }>(
    countBetween,
    valuesOf(countBetween.parameters, {
      shard_key: subject.shardKey,
      tenant: subject.tenant,
      // As literals, which know -infinity.
      after: arrayOf(times.slice(0, -1)),
      until: arrayOf(times.slice(1)),
    }),
  );
  return rows.map((row) => Number(row.events));
}

const arrayOf = (times: readonly string[]): string => `{${times.join(',')}}`;

/** Where a fold leaves snapshots: every so many events, at the end of a time, so that none splits events of one time. */
class Marks {
  passed: Omit<Rung, 'eventCount'>[] = [];
  #distance = rungDistance;
  #since = 0;
  #timestamp = '';

  /** Told of the state before each event. */
  before(timestamp: string, state: DeviceState): void {
    if (timestamp !== this.#timestamp) this.end(state);
    this.#timestamp = timestamp;
    this.#since += 1;
  }

  end(state: DeviceState): void {
    if (this.#since < this.#distance) return;
    this.passed.push({ timestamp: this.#timestamp, state });
    this.#since = 0;
    if (this.passed.length < mostRungs) return;
    this.passed = this.passed.filter((_, index) => index % 2 === 1);
    this.#distance *= 2;
  }

  keep(timestamp: string, state: DeviceState): void {
    if (this.passed.at(-1)?.timestamp !== timestamp) this.passed.push({ timestamp, state });
  }
}

/** Reads a state in a moment of its own, and keeps the snapshots that it has passed for later reads. */
export async function readState<Result>(
  database: Database,
  registry: Registry,
  subject: Subject,
  work: (moment: Moment, fold: (until: string, options?: FoldOptions) => Promise<FoldedDevice>) => Promise<Result>,
): Promise<Result> {
  const folds: FoldedDevice[] = [];
  const [result, moment] = await inMoment(database, registry, async (inner): Promise<[Result, Moment]> => {
    const fold = async (until: string, options?: FoldOptions): Promise<FoldedDevice> => {
      const folded = await foldDevice(inner, subject, until, options);
      folds.push(folded);
      return folded;
    };
    return [await work(inner, fold), inner];
  });
  for (const folded of folds) await storeRungs(database, moment, subject, folded);
  return result;
}
