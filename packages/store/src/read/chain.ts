/** The causation of an event: what it followed from, up to the root, and everything that followed from it. */
import type { Event } from '@telltale/catalogue';
import { column } from '../database/column.ts';
import type { Session } from '../database/database.ts';
import { formatTime, postgresEpoch } from '../event/time.ts';
import { keysOfKind } from '../segment/key.ts';
import { readStatement } from '../sql-file.ts';
import { tenantOf, uuidOf, valuesOf, wholeNumber } from './criterion.ts';
import type { EventRow, RowReader } from './event-row.ts';

const findEvents = readStatement('find_events');
const findMissing = readStatement('find_missing');
const findCaused = readStatement('find_caused');

export interface ChainOptions {
  /** Nodes of the answer, 1 to 10,000. Default 1,000. */
  readonly limit?: number;
  /** Events of this tenant alone. Default: of all. */
  readonly tenant?: string | null;
  /** Tells nothing of other tenants: an event of theirs is as one that is not recorded. Default false. */
  readonly discreet?: boolean;
}

/** Why an event that another names as its cause is not shown. */
export interface MissingEvent {
  /** `expired`: older than what retention dropped. `other_tenant`: recorded for another. `not_recorded`: neither. */
  readonly reason: 'expired' | 'other_tenant' | 'not_recorded';
}

export interface ChainNode {
  readonly event_id: string;
  /** Null when it is missing. */
  readonly event: Event | null;
  readonly missing: MissingEvent | null;
  /** From 0 at the root. */
  readonly depth: number;
  /** The event_id of the cause; null at the top. */
  readonly parent: string | null;
}

export interface EventChain {
  /** The event that was asked for. */
  readonly event_id: string;
  /** Causes before effects: from the root down, then what followed, depth first, each in order of time. */
  readonly nodes: ChainNode[];
  /** Whether there is more than the limit let in. */
  readonly truncated: boolean;
}

/**
 * Reads the chain of one event. Causes that go in circles are followed once.
 * @throws InvalidArgument
 */
export async function getEventChain(
  session: Session,
  rows: RowReader,
  eventId: string,
  options: ChainOptions = {},
): Promise<EventChain> {
  const id = uuidOf(eventId, '/eventId');
  const limit = wholeNumber(options.limit ?? 1000, '/limit', 1, 10_000);
  const tenant = tenantOf(options.tenant);
  const line = await climb(session, id, { tenant, discreet: options.discreet ?? false }, limit);
  const known = new Set(line.links.map((link) => link.id));
  const effects = await descend(session, id, tenant, limit - line.links.length, known);
  const links = [...line.links, ...inDepth(effects.links, id, line.links.length)];
  const found = links.flatMap((link) => (link.row === null ? [] : [link.row]));
  const events = new Map((await rows.toEvents(session, found)).map((event, index) => [found[index], event]));
  return {
    event_id: id,
    nodes: links.map(({ id: event_id, row, missing, depth, parent }) => {
      const event = row === null ? null : (events.get(row) ?? null);
      return { event_id, event, missing, depth, parent };
    }),
    truncated: line.truncated || effects.truncated,
  };
}

interface Link {
  readonly id: string;
  readonly row: EventRow | null;
  readonly missing: MissingEvent | null;
  readonly depth: number;
  readonly parent: string | null;
}

/** From the event to its root; the links come root first. */
async function climb(
  session: Session,
  id: string,
  { tenant, discreet }: { readonly tenant: string | null; readonly discreet: boolean },
  limit: number,
): Promise<{ links: Link[]; truncated: boolean }> {
  const line: { id: string; row: EventRow | null; missing: MissingEvent | null }[] = [];
  const seen = new Set<string>();
  let next: string | null = id;
  let child: EventRow | null = null;
  while (next !== null && !seen.has(next) && line.length < limit) {
    seen.add(next);
    const row = await findEvent(session, next, tenant, child);
    line.push({ id: next, row, missing: row === null ? await explain(session, next, child, discreet) : null });
    child = row;
    next = row?.causation_id ?? null;
  }
  line.reverse();
  return {
    links: line.map((link, depth) => ({ ...link, depth, parent: line[depth - 1]?.id ?? null })),
    truncated: next !== null && !seen.has(next),
  };
}

/** Level by level: one statement for all events of a level. */
async function descend(
  session: Session,
  id: string,
  tenant: string | null,
  limit: number,
  known: Set<string>,
): Promise<{ links: EventRow[]; truncated: boolean }> {
  const links: EventRow[] = [];
  for (let level = [id]; level.length > 0; ) {
    // What is known already may come first, so that as many more are asked for; one more tells whether there is more.
    const children = await findChildren(session, level, tenant, limit - links.length + known.size + 1);
    level = [];
    for (const child of children) {
      if (known.has(child.event_id)) continue;
      if (links.length >= limit) return { links, truncated: true };
      known.add(child.event_id);
      links.push(child);
      level.push(child.event_id);
    }
  }
  return { links, truncated: false };
}

/** The events that name one of these as their cause, oldest first. */
async function findChildren(
  session: Session,
  ids: readonly string[],
  tenant: string | null,
  limit: number,
): Promise<EventRow[]> {
  return session.query<EventRow>(
    findCaused,
    valuesOf(findCaused.parameters, {
      ids: column('uuid', ids),
      keys: column('int4', ids.map(keysOfKind('causation'))),
      tenant,
      limit,
    }),
  );
}

/** Puts a level order into a depth-first one: children behind their parent, in the order in which they were found. */
function inDepth(rows: readonly EventRow[], root: string, depth: number): Link[] {
  const children = new Map<string, EventRow[]>();
  for (const row of rows) {
    const siblings = children.get(row.causation_id ?? '');
    if (siblings === undefined) children.set(row.causation_id ?? '', [row]);
    else siblings.push(row);
  }
  const links: Link[] = [];
  const stack = (children.get(root) ?? []).map((row) => ({ row, depth })).reverse();
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const { row, depth: level } = top;
    links.push({ id: row.event_id, row, missing: null, depth: level, parent: row.causation_id });
    for (const child of (children.get(row.event_id) ?? []).reverse()) stack.push({ row: child, depth: level + 1 });
  }
  return links;
}

/** Milliseconds since 1970 of a UUIDv7; null for another UUID. */
function timeOfId(id: string): number | null {
  return id[14] === '7' ? Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16) : null;
}

/** How far from the time in its id an event is looked for first. Recorded later than that it is found all the same. */
const before = 24 * 3_600_000;
const after = 48 * 3_600_000;
/** 2200-01-01: beyond it the time in an id is no time. */
const lastPlausible = 7_258_118_400_000;

/** An id is unique on a device alone: of several events the one on the effect's device is meant, else the first. */
export async function findEvent(
  session: Session,
  id: string,
  tenant: string | null,
  child: EventRow | null,
): Promise<EventRow | null> {
  const time = timeOfId(id);
  const near = time === null || time > lastPlausible ? [] : await findBetween(session, id, tenant, time);
  const found = near.length > 0 ? near : await findBetween(session, id, tenant, null);
  const meant = found.find((row) => row.shard_key === child?.shard_key && row.tenant === child.tenant);
  return meant ?? found.find((row) => row.tenant === child?.tenant) ?? found[0] ?? null;
}

function findBetween(session: Session, id: string, tenant: string | null, time: number | null): Promise<EventRow[]> {
  const range =
    time === null
      ? { since: '-infinity', until: 'infinity' }
      : { since: formatTime((time - before) * 1000), until: formatTime((time + after) * 1000) };
  return session.query<EventRow>(findEvents, valuesOf(findEvents.parameters, { event_id: id, tenant, ...range }));
}

/** An id without a time is as old as its effect at least. */
async function explain(session: Session, id: string, child: EventRow | null, discreet: boolean): Promise<MissingEvent> {
  const [row] = await session.query<{ recorded: boolean; floor: string | null }>(findMissing, [id]);
  if (row?.recorded === true && !discreet) return { reason: 'other_tenant' };
  const millis = timeOfId(id);
  const time = millis === null ? (child === null ? null : Number(child.recorded_at)) : millis * 1000;
  const floor = row?.floor == null ? null : Number(row.floor) + postgresEpoch;
  return { reason: time !== null && floor !== null && time <= floor ? 'expired' : 'not_recorded' };
}
