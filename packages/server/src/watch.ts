/** Stands between the routes and the store: what bounds, measures and traces its calls does so here, whatever the route. */
import { TelltaleError } from '@telltale/catalogue';
import type { TenantStore } from '@telltale/store';
import type { FastifyRequest } from 'fastify';

export interface StoreCall {
  readonly name: string;
  readonly args: readonly unknown[];
  /** For whom it is made; null for work of the server's own. */
  readonly request: FastifyRequest | null;
}

type Run = (args: readonly unknown[]) => Promise<unknown>;

/** Runs a call, with its own arguments or others, before or after what it does itself. */
export type Watch = (call: StoreCall, run: Run) => Promise<unknown>;

export const isPublish = (name: string): boolean => name.startsWith('publish');

/** The store, with every call of a method going through the watch. */
export function watchStore(store: TenantStore, request: FastifyRequest | null, watch: Watch): TenantStore {
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function' || typeof name !== 'string' || name === 'constructor') return value;
      return (...args: unknown[]) =>
        watch({ name, args, request }, (given) => Reflect.apply(value, target, given) as Promise<unknown>);
    },
  });
}

/** One watch of several, the first outermost. */
export function joinWatches(watches: readonly Watch[]): Watch {
  return (call, run) => {
    const step = (index: number, args: readonly unknown[]): Promise<unknown> => {
      const watch = watches[index];
      return watch === undefined ? run(args) : watch({ ...call, args }, (given) => step(index + 1, given));
    };
    return step(0, call.args);
  };
}

/** A replay hands events to the caller as it goes, and takes as long as the caller does. */
const untimed = new Set(['replayEvents']);

/** Gives a call up for which no answer comes: a network that swallows packets would keep it for many minutes. */
export function boundTime(seconds: number): Watch {
  return async (call, run) => {
    if (untimed.has(call.name)) return run(call.args);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(
          new TelltaleError(
            'StatementTimeout',
            `${call.name}: expected an answer of the store within ${seconds} s (found: none); whether it took effect is not known`,
          ),
        );
      }, seconds * 1000);
    });
    try {
      return await Promise.race([run(call.args), late]);
    } finally {
      clearTimeout(timer);
    }
  };
}

/** Refuses what no single call may publish. */
export function boundBatch(events: number): Watch {
  return (call, run) => {
    const [batch] = call.args;
    if (!isPublish(call.name) || !Array.isArray(batch) || batch.length <= events) return run(call.args);
    return Promise.reject(
      new TelltaleError('BatchTooLarge', `expected at most ${events} events (found: ${batch.length}); split the batch`),
    );
  };
}
