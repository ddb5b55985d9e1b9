/** The one reader of the log in this process, whatever the number of clients: looks at the heads, reads when they moved. */
import { setTimeout as sleep } from 'node:timers/promises';
import { TelltaleError } from '@telltale/catalogue';
import { type AnyEventStore, Bookmark, type EventPage } from '@telltale/store';

/** Events of one page: a longer one is parsed at a stretch, while nobody is answered. */
const pageSize = 500;
/** Milliseconds between looks once nothing has come for as long as `quietAfter`. */
const quietPoll = 100;
const quietAfter = 5000;
/** Longest pause after failures that follow each other, in milliseconds. */
const longestPause = 1000;

export interface ReaderOptions {
  readonly store: AnyEventStore;
  /** Milliseconds between looks at the heads. */
  readonly poll: number;
  /** Where it begins: known before anything is read. */
  readonly onStart: (place: Bookmark) => void;
  readonly onPage: (page: EventPage, before: Bookmark, end: Bookmark) => void;
  /** The log no longer has what was read: it was restored. */
  readonly onRewind: (place: Bookmark) => void;
  readonly onError: (error: unknown) => void;
}

export class LiveReader {
  readonly #options: ReaderOptions;
  readonly #abort = new AbortController();
  #place: Bookmark | undefined;
  #heads: string | undefined;
  #isHinted = false;
  /** Whether the last look found something. */
  #isFlowing = false;
  #wake: (() => void) | undefined;
  readonly #ended: Promise<void>;
  #atHeadAt = performance.now();

  constructor(options: ReaderOptions) {
    this.#options = options;
    this.#ended = this.#run();
  }

  /** Seconds since it was at the head of the log. */
  get behindSeconds(): number {
    return (performance.now() - this.#atHeadAt) / 1000;
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    this.#wake?.();
    await this.#ended;
  }

  async #run(): Promise<void> {
    const unlisten = this.#options.store.live.onAppend(() => this.#hint());
    let failures = 0;
    let movedAt = Date.now();
    while (!this.#abort.signal.aborted) {
      let wait = Date.now() - movedAt > quietAfter ? Math.max(quietPoll, this.#options.poll) : this.#options.poll;
      try {
        const { moved, isAtHead } = await this.#look();
        if (moved) movedAt = Date.now();
        if (isAtHead) this.#atHeadAt = performance.now();
        else wait = 0;
        failures = 0;
      } catch (error) {
        failures += 1;
        wait = Math.min(this.#options.poll * 2 ** failures, longestPause);
        await this.#recover(error);
      }
      await this.#pause(wait, failures > 0);
    }
    unlisten();
  }

  #hint(): void {
    this.#isHinted = true;
    this.#wake?.();
  }

  /** One look: what is new, if anything is. */
  async #look(): Promise<{ moved: boolean; isAtHead: boolean }> {
    const { store, onStart, onPage } = this.#options;
    if (this.#place === undefined) {
      const { cursor } = await store.readLast(0);
      if (this.#abort.signal.aborted) return { moved: false, isAtHead: true };
      this.#place = Bookmark.read(cursor);
      onStart(this.#place);
    }
    this.#isHinted = false;
    // While events come, reading finds out by itself whether there are more; the look before it is for a quiet log.
    const heads = this.#isFlowing ? undefined : await store.live.heads();
    if (heads !== undefined && heads === this.#heads) return { moved: false, isAtHead: true };
    const page = await store.readAll(this.#place.token, {}, { limit: pageSize });
    if (this.#abort.signal.aborted) return { moved: false, isAtHead: true };
    const before = this.#place;
    this.#place = Bookmark.read(page.cursor);
    onPage(page, before, this.#place);
    // The heads may have moved on between the two statements; the next look finds out.
    if (page.atHead) this.#heads = heads;
    this.#isFlowing = page.events.length > 0;
    return { moved: page.events.length > 0, isAtHead: page.atHead };
  }

  async #recover(error: unknown): Promise<void> {
    const { store, onRewind, onError } = this.#options;
    if (!(error instanceof TelltaleError && error.code === 'CursorAhead')) return onError(error);
    try {
      this.#heads = undefined;
      this.#place = await store.live.mend(this.#place as Bookmark);
      onRewind(this.#place);
    } catch (other) {
      onError(other);
    }
  }

  /** Ends early at a hint, unless it waits because of a failure, which a hint does not mend. */
  async #pause(milliseconds: number, isFailing: boolean): Promise<void> {
    if (milliseconds === 0 || (this.#isHinted && !isFailing)) return;
    const nap = new AbortController();
    this.#wake = () => {
      if (!isFailing || this.#abort.signal.aborted) nap.abort();
    };
    if (this.#abort.signal.aborted) return;
    await sleep(milliseconds, undefined, { signal: nap.signal, ref: false }).catch(() => undefined);
    this.#wake = undefined;
  }
}
