/** A progress bar on stderr, for a terminal; nothing where nobody watches. */
import { SingleBar } from 'cli-progress';
import { count } from './number.ts';

export class Progress {
  readonly #bar: SingleBar | undefined;
  readonly #total: number | undefined;

  /** @param total what `update` counts up to, in bytes or events; undefined when that is not known. */
  constructor(verb: string, total: number | undefined) {
    this.#total = total;
    if (!process.stderr.isTTY) return;
    const format = total === undefined ? `${verb} {events} events` : `${verb} {bar} {percentage} %, {events} events`;
    this.#bar = new SingleBar({
      format,
      stream: process.stderr,
      hideCursor: true,
      barsize: 30,
      fps: 8,
      clearOnComplete: true,
    });
    this.#bar.start(total ?? 1, 0, { events: '0' });
  }

  update(done: number, events: number): void {
    this.#bar?.update(this.#total === undefined ? 0 : Math.min(done, this.#total), { events: count(events) });
  }

  stop(): void {
    this.#bar?.stop();
  }
}
