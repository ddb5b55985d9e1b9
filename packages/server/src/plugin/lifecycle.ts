/**
 * Stops without cutting anybody off who would soon be done: says so at once, takes nothing new, waits for what runs.
 *
 *   open --close()--> draining --all done, or stopSeconds over--> closed
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { TelltaleError } from '@telltale/catalogue';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** Milliseconds between looks at what still runs. */
const look = 20;

/** Routes that say how the server is while it stops. */
const answered = new Set(['getLiveness', 'getReadiness', 'readMetrics']);

export class Lifecycle {
  readonly #running = new Set<FastifyRequest>();
  #stopping = false;

  get stopping(): boolean {
    return this.#stopping;
  }

  /** Requests under way, live streams left out. */
  get running(): number {
    return this.#running.size;
  }

  /** From now on the server is not ready and takes nothing new. */
  announce(): void {
    this.#stopping = true;
  }

  enter(request: FastifyRequest): void {
    const { route } = request.routeOptions.config;
    if (this.#stopping && !answered.has(route?.name ?? '')) {
      throw new TelltaleError('ServerStopping', 'expected a server that goes on (found: one that is stopping)');
    }
    // Streams have no end of their own: the live part ends them when it hears of the stop.
    if (route?.live === undefined) this.#running.add(request);
  }

  leave(request: FastifyRequest): void {
    this.#running.delete(request);
  }

  /** Waits for what runs, at most so many seconds, then cuts off what is left. Answers with how many that were. */
  async drain(seconds: number): Promise<number> {
    const end = performance.now() + seconds * 1000;
    while (this.#running.size > 0 && performance.now() < end) await sleep(look);
    const left = [...this.#running];
    for (const request of left) request.raw.socket.destroy();
    return left.length;
  }
}

/** Refuses new requests once the server stops. Goes first, before anything is spent on a request. */
export function registerLifecycle(app: FastifyInstance, lifecycle: Lifecycle): void {
  app.addHook('preClose', async () => lifecycle.announce());
  app.addHook('onRequest', async (request, reply) => {
    if (lifecycle.stopping) reply.header('connection', 'close');
    lifecycle.enter(request);
    // Not `onResponse`, which a client that goes away prevents.
    reply.raw.once('close', () => lifecycle.leave(request));
  });
}

/** Lets running requests end before the server closes. Goes last, after the live part has begun to end its streams. */
export function registerDrain(app: FastifyInstance, lifecycle: Lifecycle, seconds: number): void {
  app.addHook('preClose', async () => {
    const cut = await lifecycle.drain(seconds);
    if (cut > 0) app.log.warn({ requests: cut }, 'cut off requests that did not end in time');
  });
}
