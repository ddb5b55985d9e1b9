/** Keeps account of what writers were told, and compares it with what the log holds in the end. */
import type { Receipt } from '@telltale/catalogue';
import type { Session } from './session.ts';
import type { Fate, Outcome } from './writer.ts';

interface RecordedCall {
  readonly call: string;
  readonly event_id: string;
  readonly log: number;
  readonly position: string;
  readonly tier_position: string;
  readonly recorded_at: string;
  readonly shard_key: string;
}

/** Times rise within a log, and from one log to the next when a device changes it. */
const readCalls = `
  select context ->> 'call' as call, event_id, log, position, tier_position, shard_key,
    to_char(recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as recorded_at
  from telltale.recorded_events
  order by recorded_at, log, position`;

export class Account {
  readonly #fates = new Map<string, Fate>();
  readonly #receipts = new Map<string, Receipt>();
  /** The calls of one transaction. */
  readonly #groups: (readonly string[])[] = [];
  /** Two receipts of one event that differ. */
  readonly #torn: string[] = [];

  /** Takes what a writer reports. */
  readonly note = ({ calls, fate, receipts = [] }: Outcome): void => {
    if (fate === 'begun') this.#groups.push(calls);
    for (const [index, call] of calls.entries()) {
      this.#fates.set(call, fate);
      const receipt = receipts[index];
      if (receipt !== undefined) this.#keep(call, receipt);
    }
    // A repeated event brings the receipt of the first time and that of the second.
    for (const again of receipts.slice(calls.length)) this.#keep(calls[0] as string, again);
  };

  #keep(call: string, receipt: Receipt): void {
    const known = this.#receipts.get(call);
    this.#receipts.set(call, known ?? receipt);
    if (known !== undefined && placeOf(known) !== placeOf(receipt)) this.#torn.push(call);
  }

  /** How many calls ended that way. */
  count(fate: Fate): number {
    return [...this.#fates.values()].filter((other) => other === fate).length;
  }

  /** Everything in which the log differs from what was acknowledged or refused; the inbox must be empty. */
  async findDifferences(session: Session): Promise<string[]> {
    const rows = await session.ask<RecordedCall>(readCalls);
    const recorded = groupByCall(rows);
    const differences = this.#torn.map((call) => `${call}: two receipts`);
    for (const [call, fate] of this.#fates) {
      const found = recorded.get(call) ?? [];
      const wrong = this.#judge(call, fate, found);
      if (wrong !== undefined) differences.push(`${call} (${fate}): ${wrong}`);
    }
    for (const call of recorded.keys()) if (!this.#fates.has(call)) differences.push(`${call}: nobody published it`);
    for (const calls of this.#groups) {
      const there = calls.filter((call) => recorded.has(call)).length;
      if (there !== 0 && there !== calls.length) differences.push(`${calls[0]}: ${there} of ${calls.length} recorded`);
    }
    return [...differences, ...this.findDisorder(rows)];
  }

  #judge(call: string, fate: Fate, found: readonly RecordedCall[]): string | undefined {
    const [row] = found;
    if (found.length > 1) return `recorded ${found.length} times`;
    if (fate === 'begun') return undefined;
    if (fate === 'refused') return row === undefined ? undefined : 'recorded';
    if (row === undefined) return 'lost';
    const receipt = this.#receipts.get(call);
    if (receipt === undefined || receipt.status === 'pending') return undefined;
    const place = [row.event_id, row.log, row.position, row.tier_position, row.recorded_at].join(' ');
    return place === placeOf(receipt) ? undefined : `recorded as ${place}, receipt says ${placeOf(receipt)}`;
  }

  /** A writer makes one call after the other, so the events of one device must come in the order of its numbers. */
  findDisorder(events: readonly Pick<RecordedCall, 'call' | 'shard_key'>[]): string[] {
    const newest = new Map<string, number>();
    const disorder: string[] = [];
    for (const { call, shard_key: shardKey } of events) {
      // One whose answer was lost may have been carried out while the next call was made.
      if (this.#fates.get(call) === 'begun') continue;
      const [writer, number] = call.split(':') as [string, string];
      const key = `${writer} ${shardKey}`;
      if (Number(number) < (newest.get(key) ?? -1)) disorder.push(`${call}: behind a later call of its writer`);
      newest.set(key, Math.max(Number(number), newest.get(key) ?? -1));
    }
    return disorder;
  }
}

function groupByCall(rows: readonly RecordedCall[]): Map<string, RecordedCall[]> {
  const groups = new Map<string, RecordedCall[]>();
  for (const row of rows) groups.set(row.call, [...(groups.get(row.call) ?? []), row]);
  return groups;
}

function placeOf(receipt: Receipt): string {
  if (receipt.status === 'pending') return receipt.event_id;
  return [receipt.event_id, receipt.log, receipt.position, receipt.tier_position, receipt.recorded_at].join(' ');
}
