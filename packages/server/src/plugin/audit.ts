/** Records who read events, or took them out: every read by a person, several of a kind within a time as one. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { EventInput } from '@telltale/catalogue';
import { mediaTypes, type Route, routes } from '@telltale/protocol';
import type { AnyEventStore } from '@telltale/store';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Identity } from '../identity/identity.ts';
import type { AuditOptions } from '../option.ts';
import type { Metrics } from './metric.ts';

/** Actions that show events to whoever does them; counts alone show none. */
const reading = new Set<Route['action']>([
  'events.read',
  'events.follow',
  'events.verify',
  'device.read',
  'device.follow',
]);

/** Shows what stands in events, although its action is that of counts. */
const showing = new Set<string>([routes.getEventDifference.name]);

/** Kinds of reads that are summed up at once; beyond it the oldest is recorded early. */
const mostOpen = 10_000;

/** Records that may be on their way at once: a database that is away must not fill the memory. */
const mostUnderWay = 1000;

/** Bytes of criteria that are kept; a longer question is recorded without them. */
const mostCriteria = 4000;

interface Read {
  readonly identity: Identity;
  readonly call: string;
  readonly criteria: Record<string, unknown>;
  readonly events: number | null;
  readonly ms: number;
  /** The form in which events were taken out as a file is kept; null for an answer to look at. */
  readonly exported: 'json' | 'ndjson' | null;
}

/** What one subject has read with one call since the last record of it. */
interface Sum {
  readonly until: number;
  last: Read | null;
  reads: number;
  events: number | null;
  ms: number;
}

export class Audit {
  readonly #store: AnyEventStore;
  readonly #metrics: Metrics;
  readonly #every: number;
  readonly #stop: number;
  readonly #open = new Map<string, Sum>();
  readonly #underWay = new Set<Promise<void>>();
  readonly #timer: NodeJS.Timeout;

  /** @param stopSeconds that records under way get when the server stops */
  constructor(store: AnyEventStore, metrics: Metrics, { everySeconds }: AuditOptions, stopSeconds: number) {
    this.#store = store;
    this.#metrics = metrics;
    this.#every = everySeconds * 1000;
    this.#stop = stopSeconds * 1000;
    this.#timer = setInterval(() => this.#recordDue(performance.now()), Math.max(50, this.#every / 10));
    this.#timer.unref();
  }

  /** The first read of a kind is recorded at once; those that follow in time, together when it is over. */
  note(read: Read): void {
    const { identity, call, exported } = read;
    const key = JSON.stringify([identity.tenant, identity.subject, call, exported]);
    const sum = this.#open.get(key);
    if (sum !== undefined) {
      sum.last = read;
      sum.reads += 1;
      sum.events = sum.events === null && read.events === null ? null : (sum.events ?? 0) + (read.events ?? 0);
      sum.ms += read.ms;
      return;
    }
    this.#record(read, 1, read.events, read.ms);
    if (this.#every === 0) return;
    this.#begin(key);
  }

  #begin(key: string): void {
    const [oldest] = this.#open;
    if (this.#open.size >= mostOpen && oldest !== undefined) {
      this.#open.delete(oldest[0]);
      this.#recordSum(oldest[1]);
    }
    this.#open.set(key, { until: performance.now() + this.#every, last: null, reads: 0, events: null, ms: 0 });
  }

  /** In order of their beginning, which is that of the map. */
  #recordDue(now: number): void {
    for (const [key, sum] of this.#open) {
      if (sum.until > now) return;
      this.#open.delete(key);
      // A kind that goes on has just been recorded, so its next time begins now.
      if (this.#recordSum(sum)) this.#begin(key);
    }
  }

  #recordSum({ last, reads, events, ms }: Sum): boolean {
    if (last === null) return false;
    this.#record(last, reads, events, ms);
    return true;
  }

  #record(read: Read, reads: number, events: number | null, ms: number): void {
    if (this.#underWay.size >= mostUnderWay) {
      this.#metrics.auditFailures.inc();
      return;
    }
    const stored = this.#store
      .publish(recordOf(read, reads, events, ms))
      .then(
        () => this.#metrics.audited.inc(),
        () => this.#metrics.auditFailures.inc(),
      )
      .finally(() => this.#underWay.delete(stored));
    this.#underWay.add(stored);
  }

  /** Records what is summed up so far, and waits for what is on its way. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#recordDue(Number.POSITIVE_INFINITY);
    // A database that does not answer must not hold the end up.
    await Promise.race([Promise.all(this.#underWay), sleep(this.#stop, undefined, { ref: false })]);
  }
}

function recordOf(
  { identity, call, criteria, exported }: Read,
  reads: number,
  events: number | null,
  ms: number,
): EventInput {
  const isBrief = Object.keys(criteria).length > 0 && JSON.stringify(criteria).length <= mostCriteria;
  const what = { call, ...(isBrief && { criteria }), duration_ms: Math.round(ms) };
  return {
    ...(exported === null
      ? {
          event_type: 'audit.events_read',
          data: { ...what, ...(events !== null && { event_count: events }), read_count: reads },
        }
      : {
          event_type: 'audit.exported',
          data: { ...what, format: exported, event_count: events ?? 0, export_count: reads },
        }),
    aggregate_id: 'events',
    metadata: {
      actor: { type: 'user', id: identity.subject },
      ...(identity.tenant !== null && { tenant: { id: identity.tenant, name: identity.tenant } }),
    },
    source: 'telltale',
    outcome: 'success',
  };
}

/** A person reads; a device asks for what is its own, as it does all day. */
function isRead(request: FastifyRequest): boolean {
  const { route } = request.routeOptions.config;
  if (route === undefined || request.identity?.device !== null) return false;
  return reading.has(route.action) || showing.has(route.name);
}

/** What was asked for, without what opens doors. */
function criteriaOf({ params, query, body }: FastifyRequest): Record<string, unknown> {
  const {
    ticket: _ticket,
    cursor: _cursor,
    after: _after,
    ...asked
  } = {
    ...(params as object),
    ...(query as Record<string, unknown>),
    ...(typeof body === 'object' && body !== null && !Buffer.isBuffer(body) ? body : {}),
  } as Record<string, unknown>;
  return asked;
}

/** How many events an answer shows; null for one that does not say. */
function countEvents(payload: unknown): number | null {
  if (typeof payload !== 'object' || payload === null) return null;
  const { events, nodes, event_id: id } = payload as Record<string, unknown>;
  if (Array.isArray(events)) return events.length;
  if (Array.isArray(nodes)) return nodes.length;
  return id === undefined ? null : 1;
}

const counted = new WeakMap<FastifyRequest, number>();

/** Says how many events an answer shows that the audit cannot look into: one that is text, or goes out bit by bit. */
export function countShown(request: FastifyRequest, events: number): void {
  counted.set(request, events);
}

const exportedAs: Readonly<Record<string, Read['exported']>> = {
  [mediaTypes.ndjson]: 'ndjson',
  [mediaTypes.cloudEventBatch]: 'json',
};

function exportedOf(reply: FastifyReply): Read['exported'] {
  const [type = ''] = String(reply.getHeader('content-type') ?? '').split(';');
  return exportedAs[type] ?? null;
}

export function registerAudit(app: FastifyInstance, audit: Audit): void {
  const note = (request: FastifyRequest, ms: number, exported: Read['exported'] = null): void => {
    const call = request.routeOptions.config.route?.name ?? '';
    const events = counted.get(request) ?? null;
    audit.note({ identity: request.identity as Identity, call, criteria: criteriaOf(request), events, ms, exported });
  };
  // A stream has no end to wait for, and who follows it has read from its first event on.
  app.addHook('preHandler', async (request) => {
    if (request.routeOptions.config.route?.live !== undefined && isRead(request)) note(request, 0);
  });
  app.addHook('preSerialization', async (request, _reply, payload) => {
    const events = isRead(request) ? countEvents(payload) : null;
    if (events !== null) countShown(request, events);
    return payload;
  });
  app.addHook('onResponse', async (request, reply) => {
    if (request.routeOptions.config.route?.live !== undefined || reply.statusCode >= 400) return;
    if (isRead(request)) note(request, reply.elapsedTime, exportedOf(reply));
  });
  app.addHook('onClose', () => audit.close());
}
