/** What one caller may take of the server: requests, memory for bodies, and time to send them. */
import rateLimit from '@fastify/rate-limit';
import { TelltaleError } from '@telltale/catalogue';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Limits } from '../option.ts';
import { watchAnswer } from './answer-watch.ts';
import { BodyWatch } from './body-watch.ts';

/** Seconds after which who found the server full should try again. */
const retryWhenFull = '2';

/** Bytes that an NDJSON stream counts as: it is stored as it comes. */
const streamBytes = 1024 * 1024;

/** Share of all pending bytes that one subject may have: uploads that it lets lie idle must not stop the others. */
const mostOfOne = 0.5;

/** Subjects whose rates are told apart at once; the one not seen for longest is forgotten, and begins anew. */
const countedSubjects = 100_000;

/** Cuts off who sends or takes too slowly. Goes before identity: who has no token must not hold a connection either. */
export function registerWatches(app: FastifyInstance, limits: Limits): void {
  const watch = new BodyWatch(limits.bodySeconds * 1000);
  app.addHook('onRequest', async (request, reply) => watch.add(request, reply));
  app.addHook('onSend', async (_request, reply) => watchAnswer(reply.raw, limits.answerSeconds * 1000));
  app.addHook('onClose', async () => watch.close());
}

/** Goes after identity: a key that nobody has verified could be used up in another's name, or made up anew each time. */
export async function registerLimits(app: FastifyInstance, limits: Limits): Promise<void> {
  await registerRate(app, limits.requestsPerMinute);
  registerPending(app, limits);
}

const callerOf = ({ identity }: FastifyRequest): string => JSON.stringify([identity?.tenant, identity?.subject]);

async function registerRate(app: FastifyInstance, requestsPerMinute: number): Promise<void> {
  await app.register(rateLimit, { global: false, cache: countedSubjects });
  const take = app.createRateLimit({
    max: requestsPerMinute,
    timeWindow: 60_000,
    keyGenerator: callerOf,
  });
  app.addHook('onRequest', async (request, reply) => {
    if (request.identity === null) return;
    const taken = await take(request);
    if (taken.isAllowed || !taken.isExceeded) return;
    reply.header('retry-after', String(Math.max(1, taken.ttlInSeconds)));
    throw new TelltaleError(
      'TooManyRequests',
      `expected at most ${requestsPerMinute} requests a minute of one token's subject (found: more)`,
    );
  });
}

/** Bytes that a body may come to be: what it says, or the most that it may. */
function announcedBytes(request: FastifyRequest, bodyBytes: number): number {
  const { 'content-length': length, 'content-type': type = '' } = request.headers;
  if (type.startsWith('application/x-ndjson')) return streamBytes;
  return length === undefined ? bodyBytes : Math.min(Number(length), bodyBytes);
}

/** Bytes of bodies that are under way, in all and of each subject. */
class PendingBytes {
  readonly #most: number;
  readonly #of = new Map<string, number>();
  #all = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** Whether there was room; then the bytes count until they are released. One body alone always has room. */
  take(key: string, bytes: number): boolean {
    const own = this.#of.get(key) ?? 0;
    if (this.#all > 0 && this.#all + bytes > this.#most) return false;
    if (own > 0 && own + bytes > this.#most * mostOfOne) return false;
    this.#all += bytes;
    this.#of.set(key, own + bytes);
    return true;
  }

  release(key: string, bytes: number): void {
    this.#all -= bytes;
    const left = (this.#of.get(key) ?? 0) - bytes;
    if (left > 0) this.#of.set(key, left);
    else this.#of.delete(key);
  }
}

/** Counts the bytes of bodies from before they are read until they are answered, whatever became of the connection. */
function registerPending(app: FastifyInstance, { pendingBytes, bodyBytes }: Limits): void {
  const pending = new PendingBytes(pendingBytes);
  const held = new WeakMap<FastifyRequest, Set<'handler' | 'connection'>>();
  const release = (request: FastifyRequest, part: 'handler' | 'connection', bytes: number): void => {
    const parts = held.get(request);
    if (parts?.delete(part) === true && parts.size === 0) pending.release(callerOf(request), bytes);
  };
  app.addHook('onRequest', async (request, reply) => {
    if (request.routeOptions.config.route?.action !== 'events.publish') return;
    const bytes = announcedBytes(request, bodyBytes);
    // Who left while the token was looked at has closed already: what is counted now would never be released.
    if (reply.raw.destroyed)
      throw new TelltaleError('ServerBusy', 'expected a client that waits for an answer (found: a closed connection)');
    if (!pending.take(callerOf(request), bytes)) {
      reply.header('retry-after', retryWhenFull);
      throw new TelltaleError(
        'ServerBusy',
        `expected room for a body of ${bytes} bytes (found: as many under way as the server holds)`,
      );
    }
    held.set(request, new Set(['connection']));
    reply.raw.once('close', () => release(request, 'connection', bytes));
  });
  app.addHook('onRoute', (options) => {
    if (options.config?.route?.action !== 'events.publish') return;
    const { handler } = options;
    options.handler = async function answer(request, reply) {
      held.get(request)?.add('handler');
      try {
        return await handler.call(this, request, reply);
      } finally {
        release(request, 'handler', announcedBytes(request, bodyBytes));
      }
    };
  });
}
