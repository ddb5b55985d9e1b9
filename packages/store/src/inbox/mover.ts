/** Moves committed inbox events to the log: crash-safe, because a row leaves the inbox in the statement that appends it. */
import { type EventInput, TelltaleError } from '@telltale/catalogue';
import { AppendUnit } from '../append/unit.ts';
import type { Writer } from '../append/writer.ts';
import type { Registry } from '../catalogue/registry.ts';
import { column } from '../database/column.ts';
import type { Database } from '../database/database.ts';
import { type EventLimits, type PreparedEvent, prepareEvent } from '../event/prepare.ts';
import { readStatement } from '../sql-file.ts';

const readInbox = readStatement('read_inbox');
const readInboxRows = readStatement('read_inbox_rows');
const quarantineEvent = readStatement('quarantine_event');
const discardInbox = readStatement('discard_inbox');

/** Rows of one move: as many as a statement of the group commit takes. */
const pageSize = 1000;

/**
 * Every tenth pass starts from the beginning: a transaction that was open for long commits rows behind the others. In
 * between the mover starts where it stopped, past rows that are dead but that a held snapshot keeps.
 */
const passesFromWhereItStopped = 10;

/** Codes of an event that this process cannot judge: one that knows the type or version will move it. */
const notOurs = new Set(['UnknownEventType', 'UnknownSchemaVersion']);

interface InboxRow {
  readonly inbox_id: string;
  readonly event: string;
}

export interface MoveReport {
  moved: number;
  quarantined: number;
  /** Rows left for a process that knows their type. */
  left: number[];
}

export class InboxMover {
  readonly #database: Database;
  readonly #registry: Registry;
  readonly #limits: EventLimits;
  readonly #writer: () => Writer;
  #after = 0;
  #pass = 0;

  constructor(database: Database, registry: Registry, limits: EventLimits, writer: () => Writer) {
    this.#database = database;
    this.#registry = registry;
    this.#limits = limits;
    this.#writer = writer;
  }

  /** One page of the inbox. `moved + quarantined` 0 means that there was nothing to do. */
  async move(): Promise<MoveReport> {
    this.#pass += 1;
    if (this.#pass % passesFromWhereItStopped === 0) this.#after = 0;
    const rows = await this.#database.query<InboxRow>(readInbox, [this.#after, pageSize]);
    const last = rows.at(-1);
    if (last !== undefined) this.#after = Number(last.inbox_id);
    return this.#moveRows(rows);
  }

  /** Moves everything there is, from the beginning. */
  async drain(): Promise<MoveReport> {
    const total: MoveReport = { moved: 0, quarantined: 0, left: [] };
    this.#after = 0;
    for (;;) {
      const rows = await this.#database.query<InboxRow>(readInbox, [this.#after, pageSize]);
      const last = rows.at(-1);
      if (last === undefined) return total;
      this.#after = Number(last.inbox_id);
      const report = await this.#moveRows(rows);
      total.moved += report.moved;
      total.quarantined += report.quarantined;
      total.left.push(...report.left);
    }
  }

  /** Moves the rows of these numbers; answers with those it cannot move. A direct append calls this first. */
  async moveThese(ids: readonly number[]): Promise<readonly number[]> {
    const rows = await this.#database.query<InboxRow>(readInboxRows, [column('int8', ids)]);
    return (await this.#moveRows(rows)).left;
  }

  async #moveRows(rows: readonly InboxRow[]): Promise<MoveReport> {
    const report: MoveReport = { moved: 0, quarantined: 0, left: [] };
    const ready: { id: number; event: PreparedEvent }[] = [];
    for (const row of rows) {
      const id = Number(row.inbox_id);
      const event = await this.#prepare(row);
      if (!(event instanceof TelltaleError)) ready.push({ id, event });
      else if (notOurs.has(event.code)) report.left.push(id);
      else report.quarantined += await this.#quarantine(id, event);
    }
    await this.#append(ready, report);
    return report;
  }

  async #prepare(row: InboxRow): Promise<PreparedEvent | TelltaleError> {
    // What somebody enqueued by hand may be anything, null included: refused below, it must not stop the move.
    // A time that publish() gave is not the publisher's: a repeat of the call came with another.
    const { stamped = false, ...input } = (JSON.parse(row.event) ?? {}) as EventInput & { stamped?: boolean };
    try {
      if (this.#registry.find(input.event_type) === undefined) await this.#registry.refresh(this.#database);
      return { ...prepareEvent(input, this.#registry, this.#limits), stamped };
    } catch (error) {
      if (error instanceof TelltaleError) return error;
      throw error;
    }
  }

  /** Together, and only if that fails one by one, so that a reused id costs nobody else their place. */
  async #append(ready: readonly { id: number; event: PreparedEvent }[], report: MoveReport): Promise<void> {
    if (ready.length === 0) return;
    try {
      await this.#appendAll(ready);
      report.moved += ready.length;
    } catch (error) {
      if (!(error instanceof TelltaleError)) throw error;
      // Another process moved some of them; what is left is read again.
      if (error.code === 'InboxPending') return;
      if (error.retryable) throw error;
      if (ready.length === 1) {
        report.quarantined += await this.#quarantine((ready[0] as { id: number }).id, error);
        return;
      }
      for (const one of ready) await this.#append([one], report);
    }
  }

  async #appendAll(ready: readonly { id: number; event: PreparedEvent }[]): Promise<void> {
    const unit = new AppendUnit(
      ready.map(({ event }) => event),
      { inboxIds: ready.map(({ id }) => id) },
    );
    await Promise.all([this.#writer().write([unit]), unit.done]);
    const receipts = await unit.done;
    const repeated = ready.filter((_, index) => receipts[index]?.status === 'duplicate').map(({ id }) => id);
    if (repeated.length > 0) await this.#database.query(discardInbox, [column('int8', repeated)]);
  }

  async #quarantine(id: number, error: TelltaleError): Promise<number> {
    const [row] = await this.#database.query<{ moved: boolean }>(quarantineEvent, [id, error.code, error.message]);
    return row?.moved === true ? 1 : 0;
  }
}
