/** What `telltale start` shows: the fleet, an eye that follows the log, and the view, side by side until one of them ends. */
import type { AnyEventStore } from '@telltale/store';
import { sentenceOf } from './failure.ts';
import { Fleet } from './fleet/fleet.ts';
import { recallDevices } from './fleet/recall.ts';
import { simulate } from './fleet/simulate.ts';
import { follow, pause } from './follow.ts';
import { frame, type Moment, plainLine, type Setting } from './view/live.ts';
import { counted, duration } from './view/number.ts';
import { print } from './view/output.ts';
import { Screen } from './view/screen.ts';
import { Tally } from './view/tally.ts';

export interface ShowOptions {
  readonly devices: number;
  readonly rate: number;
  readonly seed: number;
  readonly seconds?: number;
}

/** What is wrong right now, for the view; the store's background work writes into it too. */
export interface Notice {
  text: string | undefined;
}

/** Milliseconds between frames, and between lines where there is no screen. */
const frameTime = 250;
const lineTime = 5000;

export class Show {
  readonly #store: AnyEventStore;
  readonly #setting: Setting;
  readonly #options: ShowOptions;
  readonly #notice: Notice;
  // One controller and not AbortSignal.any: Node 20 loses signals of which only the combination is held.
  readonly #end = new AbortController();
  readonly #tally = new Tally();
  readonly #startedAt = Date.now();
  #fleet: Fleet | undefined;
  /** Milliseconds that the fleet's life is behind the clock. */
  #behind = 0;

  constructor(store: AnyEventStore, setting: Setting, options: ShowOptions, notice: Notice) {
    this.#store = store;
    this.#setting = setting;
    this.#options = options;
    this.#notice = notice;
  }

  async run(interrupt: AbortSignal): Promise<void> {
    const { devices, rate, seed, seconds } = this.#options;
    interrupt.addEventListener('abort', () => this.#end.abort());
    if (interrupt.aborted) return;
    if (seconds !== undefined) setTimeout(() => this.#end.abort(), seconds * 1000).unref();
    const parts = [this.#watch(), this.#show()];
    if (devices > 0) {
      const known = await recallDevices(this.#store);
      const start = Date.now();
      this.#fleet = new Fleet({ devices, rate, seed, start, known });
      parts.push(this.#simulate(this.#fleet, start));
    }
    for (const part of parts) part.catch(() => this.#end.abort());
    const results = await Promise.allSettled(parts);
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    print(`${counted(this.#tally.total, 'event')} in ${duration(Date.now() - this.#startedAt)}.`);
  }

  #simulate(fleet: Fleet, start: number): Promise<void> {
    return simulate(this.#store, fleet, start, {
      signal: this.#end.signal,
      onTrouble: this.#onTrouble,
      onBehind: (milliseconds) => {
        this.#behind = milliseconds;
      },
    });
  }

  async #watch(): Promise<void> {
    const pages = follow(this.#store, {
      begin: { last: 0 },
      filter: () => ({}),
      signal: this.#end.signal,
      poll: 200,
      onTrouble: this.#onTrouble,
    });
    for await (const page of pages) this.#tally.add(page, Date.now());
  }

  readonly #onTrouble = (error: Error | undefined): void => {
    this.#notice.text = error === undefined ? undefined : sentenceOf(error);
  };

  /** Five seconds: a checkpoint of the database makes it wait for one or two. */
  #lateness(): string | undefined {
    if (this.#behind < 5000) return undefined;
    return `The fleet is ${duration(this.#behind)} behind: ${this.#options.rate} events/s are more than this machine takes.`;
  }

  async #show(): Promise<void> {
    if (!process.stdout.isTTY) return this.#showLines();
    const screen = new Screen(process.stdout);
    try {
      while (!this.#end.signal.aborted) {
        screen.draw(frame(this.#setting, this.#moment(), screen.columns, screen.rows));
        await pause(frameTime, this.#end.signal);
      }
    } finally {
      screen.close();
    }
  }

  async #showLines(): Promise<void> {
    const { place, preface, hints } = this.#setting;
    print(`Running on ${place}. Try next, in another terminal:`);
    if (preface !== undefined) print(`  ${preface}`);
    for (const { what, command } of hints) print(`  ${command}   # ${what}`);
    while (!this.#end.signal.aborted) {
      await pause(lineTime, this.#end.signal);
      print(plainLine(this.#moment()));
    }
  }

  #moment(): Moment {
    const fleet = this.#fleet;
    return {
      now: Date.now(),
      startedAt: this.#startedAt,
      tally: this.#tally,
      trouble: this.#notice.text ?? this.#lateness(),
      fleet,
    };
  }
}
