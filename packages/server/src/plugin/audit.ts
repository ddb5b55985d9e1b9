/** Records who read events: every read by a person, several of a kind within a time as one. */
import type { Route } from '@telltale/protocol';
import type { AnyEventStore } from '@telltale/store';
import type { FastifyInstance, FastifyRequest } from 'fastify';
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
  readonly #open = new Map<string, Sum>();
  readonly #underWay = new Set<Promise<void>>();
  readonly #timer: NodeJS.Timeout;

  constructor(store: AnyEventStore, metrics: Metrics, { everySeconds }: AuditOptions) {
    this.#store = store;
    this.#metrics = metrics;
    this.#every = everySeconds * 1000;
    this.#timer = setInterval(() => this.#recordDue(performance.now()), Math.max(50, this.#every / 10));
    this.#timer.unref();
  }

  /** The first read of a kind is recorded at once; those that follow in time, together when it is over. */
  note(read: Read): void {
    const { identity, call } = read;
    const key = JSON.stringify([identity.tenant, identity.subject, call]);
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

  #record({ identity, call, criteria }: Read, reads: number, events: number | null, ms: number): void {
    if (this.#underWay.size >= mostUnderWay) {
      this.#metrics.auditFailures.inc();
      return;
    }
    const brief = JSON.stringify(criteria).length <= mostCriteria ? criteria : {};
    const stored = this.#store
      .publish({
        event_type: 'audit.events_read',
        aggregate_id: 'events',
        data: {
          call,
          ...(Object.keys(brief).length > 0 && { criteria: brief }),
          ...(events !== null && { event_count: events }),
          duration_ms: Math.round(ms),
          read_count: reads,
        },
        metadata: {
          actor: { type: 'user', id: identity.subject },
          ...(identity.tenant !== null && { tenant: { id: identity.tenant, name: identity.tenant } }),
        },
        source: 'telltale',
        outcome: 'success',
      })
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
    await Promise.all(this.#underWay);
  }
}

/** A person reads; a device asks for what is its own, as it does all day. */
function isRead(request: FastifyRequest): boolean {
  const { route } = request.routeOptions.config;
  return route !== undefined && reading.has(route.action) && request.identity?.device === null;
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

export function registerAudit(app: FastifyInstance, audit: Audit): void {
  const note = (request: FastifyRequest, ms: number): void => {
    const call = request.routeOptions.config.route?.name ?? '';
    const events = counted.get(request) ?? null;
    audit.note({ identity: request.identity as Identity, call, criteria: criteriaOf(request), events, ms });
  };
  // A stream has no end to wait for, and who follows it has read from its first event on.
  app.addHook('preHandler', async (request) => {
    if (request.routeOptions.config.route?.live !== undefined && isRead(request)) note(request, 0);
  });
  app.addHook('preSerialization', async (request, _reply, payload) => {
    const events = isRead(request) ? countEvents(payload) : null;
    if (events !== null) counted.set(request, events);
    return payload;
  });
  app.addHook('onResponse', async (request, reply) => {
    if (request.routeOptions.config.route?.live !== undefined || reply.statusCode >= 400) return;
    if (isRead(request)) note(request, reply.elapsedTime);
  });
  app.addHook('onClose', () => audit.close());
}
