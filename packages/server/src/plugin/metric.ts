/** The metrics of what the server does: events published, questions asked, requests answered. */
import { catalogue, type EventInput, type Receipt } from '@telltale/catalogue';
import type { FastifyInstance } from 'fastify';
import { Counter, Histogram, Registry } from 'prom-client';
import { isPublish, type Watch } from '../watch.ts';

const milliseconds = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000];

/** Types of one's own that get a label of theirs; whoever registers more finds them under `other`. */
const mostLearned = 500;

/** Gives every event type its label, of which there is a bounded number whatever clients send. */
class TypeLabels {
  readonly #known = new Set<string>(catalogue.map((type) => type.name));
  #room = mostLearned;

  /** A type that was stored is registered; one that was refused may be anything. */
  of(type: unknown, stored: boolean): string {
    if (typeof type !== 'string') return 'other';
    if (this.#known.has(type)) return type;
    if (!stored || this.#room === 0) return 'other';
    this.#room -= 1;
    this.#known.add(type);
    return type;
  }
}

type Counts = Map<string, number>;
const add = (counts: Counts, label: string): Counts => counts.set(label, (counts.get(label) ?? 0) + 1);

export class Metrics {
  readonly registry = new Registry();
  readonly #labels = new TypeLabels();
  readonly #published = this.#counter(
    'events_published_total',
    'Events stored, by type; repeats are not counted again.',
    ['event_type'],
  );
  readonly #failed = this.#counter(
    'events_published_failures',
    'Events that were to be published and were not, by type; all of a batch that is refused as a whole. Unknown types count as other.',
    ['event_type'],
  );
  readonly #publishing = this.#histogram(
    'event_publish_duration_ms',
    'Milliseconds from a call of publish, of one event or a batch, until the disk has it.',
    [],
  );
  readonly #asking = this.#histogram('event_query_duration_ms', 'Milliseconds that a question took, by its name.', [
    'query',
  ]);
  readonly requests = this.#counter('telltale_http_requests_total', 'Requests answered, by route and status.', [
    'route',
    'status',
  ]);
  readonly audited = this.#counter('telltale_audit_events_total', 'Records of reading that were stored.', []);
  readonly auditFailures = this.#counter(
    'telltale_audit_failures_total',
    'Records of reading that could not be stored; the reads went on.',
    [],
  );

  #counter<Label extends string>(name: string, help: string, labelNames: readonly Label[]): Counter<Label> {
    return new Counter({ name, help, labelNames: [...labelNames], registers: [this.registry] });
  }

  #histogram<Label extends string>(name: string, help: string, labelNames: readonly Label[]): Histogram<Label> {
    return new Histogram({
      name,
      help,
      labelNames: [...labelNames],
      buckets: milliseconds,
      registers: [this.registry],
    });
  }

  /** Measures every call of the store. */
  readonly watch: Watch = async (call, run) => {
    const began = performance.now();
    try {
      const result = await run(call.args);
      if (isPublish(call.name)) this.#count(call.args[0] as readonly EventInput[], result);
      return result;
    } catch (error) {
      if (isPublish(call.name)) this.#count(call.args[0] as readonly EventInput[], null);
      throw error;
    } finally {
      const took = performance.now() - began;
      if (isPublish(call.name)) this.#publishing.observe(took);
      else this.#asking.observe({ query: call.name }, took);
    }
  };

  /** Null as the result: all failed. */
  #count(events: readonly EventInput[], result: unknown): void {
    if (!Array.isArray(events)) return;
    const receipts = (Array.isArray(result) ? result : (result as { receipts?: unknown } | null)?.receipts) as
      | readonly (Receipt | null)[]
      | undefined;
    const [stored, failed]: [Counts, Counts] = [new Map(), new Map()];
    for (const [index, event] of events.entries()) {
      const status = receipts?.[index]?.status;
      if (status === undefined) add(failed, this.#labels.of(event?.event_type, false));
      else if (status !== 'duplicate') add(stored, this.#labels.of(event.event_type, true));
    }
    for (const [type, count] of stored) this.#published.inc({ event_type: type }, count);
    for (const [type, count] of failed) this.#failed.inc({ event_type: type }, count);
  }
}

/** Counts requests by the pattern of their route: a path would be a label of its own for each device. */
export function registerMetrics(app: FastifyInstance, metrics: Metrics): void {
  app.addHook('onResponse', async (request, reply) => {
    metrics.requests.inc({ route: request.routeOptions.url ?? 'none', status: String(reply.statusCode) });
  });
}
