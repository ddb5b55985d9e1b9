/** Lets a fleet live in real time and publishes what happens through the store's public door. */
import { TelltaleError } from '@telltale/catalogue';
import type { AnyEventStore } from '@telltale/store';
import { pause } from '../follow.ts';
import type { Fleet } from './fleet.ts';

/** Events of one call: above 1,000 a batch no longer gets cheaper an event (bench/result/append.json). */
const batchSize = 1000;
/** Milliseconds between looks at the clock: short enough that the view never shows an empty second at 20 events/s. */
const beat = 100;
/** Milliseconds of the fleet's life that are made at once, so that a database that cannot keep up fills no memory. */
const stride = 1000;

export interface SimulateOptions {
  readonly signal: AbortSignal;
  /** Told when the database is away, and with undefined when it is back. */
  readonly onTrouble: (error: TelltaleError | undefined) => void;
  /** Told how many milliseconds the fleet's life is behind the clock, after each stretch of it. */
  readonly onBehind: (milliseconds: number) => void;
}

/** Publishes until the signal aborts. What was made is published before it ends. */
export async function simulate(
  store: AnyEventStore,
  fleet: Fleet,
  start: number,
  options: SimulateOptions,
): Promise<void> {
  for (let lived = start; !options.signal.aborted; ) {
    const present = Date.now();
    lived = Math.min(present, lived + stride);
    const events = fleet.liveUntil(lived);
    for (let index = 0; index < events.length; index += batchSize) {
      await publishPatiently(store, events.slice(index, index + batchSize), options);
    }
    options.onBehind(Date.now() - lived);
    if (lived >= present) await pause(beat, options.signal);
  }
}

/** Again and again while the database is away. The events carry ids, so what had arrived is not stored twice. */
async function publishPatiently(
  store: AnyEventStore,
  events: Parameters<AnyEventStore['publishBatch']>[0],
  { signal, onTrouble }: SimulateOptions,
): Promise<void> {
  for (let troubled = false; ; troubled = true) {
    try {
      await store.publishBatch(events);
      if (troubled) onTrouble(undefined);
      return;
    } catch (error) {
      if (!(error instanceof TelltaleError) || !error.retryable || signal.aborted) throw error;
      onTrouble(error);
      await pause(1000, signal);
    }
  }
}
