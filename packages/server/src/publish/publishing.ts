/** Publishes the events of one request: as its caller's own, with its defaults, and a repeat of it as a repeat. */
import { type EventInput, isObject, type Receipt, TelltaleError } from '@telltale/catalogue';
import { type RefusedEvent, type TenantStore, uuidv5 } from '@telltale/store';
import type { Identity } from '../identity/identity.ts';

/** The namespace of the ids of keyed events; never to change. */
const namespace = Buffer.from('5d1f9b52c3b34f3c8d0a6a5e2f7c9014', 'hex');

export interface PublishingOptions {
  readonly identity: Identity;
  /** Of the request; for events that bring none. */
  readonly traceparent: string | null;
  /** Idempotency-Key: with it, an event that brings no id gets one that follows from key and place. */
  readonly key: string | undefined;
}

/** An event, or what it was refused for before it came to the store. */
export type Candidate = EventInput | TelltaleError;

export interface Published {
  readonly receipts: (Receipt | null)[];
  readonly refused: readonly RefusedEvent[];
}

/** An event as it goes to the store. */
interface Completed {
  readonly event: EventInput;
  /** The id follows from the key. */
  readonly keyed: boolean;
  /** The trace is the request's, of which a repeat may have another. */
  readonly traced: boolean;
}

export class Publishing {
  readonly #store: TenantStore;
  readonly #options: PublishingOptions;

  constructor(store: TenantStore, options: PublishingOptions) {
    this.#store = store;
    this.#options = options;
  }

  /** All or none. */
  async all(candidates: readonly Candidate[]): Promise<Receipt[]> {
    const completed = accepted(candidates.map((candidate, index) => this.#complete(candidate, index)));
    const first = completed.find(({ keyed }) => keyed);
    if (first !== undefined && (await this.#isRecorded(first.event))) return this.#repeat(completed);
    try {
      return await this.#store.publishBatch(completed.map(({ event }) => event));
    } catch (error) {
      if (!isReused(error)) throw error;
      return this.#repeat(completed);
    }
  }

  /** Those that are good. `placeOf`: the place of an event in the request, where these are not all of it. */
  async some(
    candidates: readonly Candidate[],
    placeOf: (index: number) => number = (index) => index,
  ): Promise<Published> {
    const completed = candidates.map((candidate, index) => this.#complete(candidate, placeOf(index)));
    const keyed = completed.some((one) => !(one instanceof TelltaleError) && one.keyed);
    const first = keyed ? await this.#adopt(completed) : completed;
    const published = await this.#publishGood(first);
    // Another try of the same events may have been recorded meanwhile, or theirs may have had another trace.
    const again = published.refused.filter(({ index, error }) => {
      const one = first[index];
      return isReused(error) && one !== undefined && !(one instanceof TelltaleError) && one.traced;
    });
    if (again.length === 0) return published;
    const second = await this.#publishGood(await this.#adopt(again.map(({ index }) => first[index] as Completed)));
    for (const [place, receipt] of second.receipts.entries()) published.receipts[again[place]?.index ?? -1] = receipt;
    const still = second.refused.map(({ index, error }) => ({ index: again[index]?.index ?? index, error }));
    const others = published.refused.filter((one) => !again.includes(one));
    return { receipts: published.receipts, refused: inOrder([...others, ...still]) };
  }

  async #publishGood(completed: readonly (Completed | TelltaleError)[]): Promise<Published> {
    const good: { index: number; event: EventInput }[] = [];
    const bad: RefusedEvent[] = [];
    for (const [index, one] of completed.entries()) {
      if (one instanceof TelltaleError) bad.push({ index, error: one });
      else good.push({ index, event: one.event });
    }
    const { receipts, refused } = await this.#store.publishPartial(good.map(({ event }) => event));
    const all: (Receipt | null)[] = completed.map(() => null);
    for (const [place, receipt] of receipts.entries()) all[good[place]?.index ?? -1] = receipt;
    const placed = refused.map(({ index, error }) => ({ index: good[index]?.index ?? index, error }));
    return { receipts: all, refused: inOrder([...bad, ...placed]) };
  }

  #complete(candidate: Candidate, place: number): Completed | TelltaleError {
    if (candidate instanceof TelltaleError) return candidate;
    if (!isObject(candidate)) return { event: candidate, keyed: false, traced: false };
    const { key, traceparent } = this.#options;
    const keyed = key !== undefined && candidate.event_id === undefined;
    const traced = traceparent !== null && candidate.traceparent === undefined;
    const event = {
      ...candidate,
      ...(keyed && { event_id: this.#idOf(key, place) }),
      ...(traced && { traceparent }),
    };
    // Without a trace now there may have been one at the first try.
    return { event, keyed, traced: traced || (keyed && candidate.traceparent === undefined) };
  }

  #idOf(key: string, place: number): string {
    const { subject, tenant } = this.#options.identity;
    return uuidv5(namespace, JSON.stringify([tenant, subject, key, place]));
  }

  async #isRecorded(event: EventInput): Promise<boolean> {
    const [repeat] = await this.#store.findRepeats([event]);
    return repeat != null;
  }

  /** What was stored as a whole is repeated as a whole: no event more or less. */
  async #repeat(completed: readonly Completed[]): Promise<Receipt[]> {
    const { key } = this.#options;
    const adopted = accepted(await this.#adopt(completed, true));
    const first = completed.find(({ keyed }) => keyed);
    if (key !== undefined && first !== undefined) {
      const next = { ...first.event, event_id: this.#idOf(key, completed.length) };
      if (await this.#isRecorded(next)) throw refuseKey(completed.length);
    }
    return this.#store.publishBatch(adopted.map(({ event }) => event));
  }

  /** The events with the traces under which they are recorded. `whole`: either all of a key are recorded, or none. */
  async #adopt(
    completed: readonly (Completed | TelltaleError)[],
    whole = false,
  ): Promise<(Completed | TelltaleError)[]> {
    const good = completed.flatMap((one) => (one instanceof TelltaleError ? [] : [one]));
    const repeats = await this.#store.findRepeats(good.map(({ event }) => event));
    const isRepeat = good.some(({ keyed }, place) => keyed && repeats[place] != null);
    let place = 0;
    return completed.map((one, index) => {
      if (one instanceof TelltaleError) return one;
      const repeat = repeats[place++];
      if (one.keyed && (repeat == null ? whole && isRepeat : !repeat.samePlace)) return refuseKey(index);
      if (repeat == null || !one.traced) return one;
      return { ...one, event: { ...one.event, traceparent: repeat.traceparent } };
    });
  }
}

/** @throws the first refusal */
function accepted(completed: readonly (Completed | TelltaleError)[]): Completed[] {
  return completed.map((one) => {
    if (one instanceof TelltaleError) throw one;
    return one;
  });
}

function inOrder(refused: readonly RefusedEvent[]): RefusedEvent[] {
  return refused
    .map(({ index, error }) => ({ index, error: moved(error, index) }))
    .sort((one, other) => one.index - other.index);
}

const isReused = (error: unknown): boolean => error instanceof TelltaleError && error.code === 'EventIdReused';

/** The error with the index that the caller knows its event by. */
function moved(error: TelltaleError, index: number): TelltaleError {
  if (error.place.index === index) return error;
  const message = error.message.replace(/^event \d+: /, `event ${index}: `);
  return new TelltaleError(error.code, message, { ...error.place, index }, { cause: error });
}

function refuseKey(index: number): TelltaleError {
  return new TelltaleError(
    'EventIdReused',
    `event ${index}: expected a new Idempotency-Key, or the events that came with it first (found: others)`,
    { index },
  );
}
