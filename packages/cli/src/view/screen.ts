/** A part of the terminal that is drawn again and again without flicker. */
import type { WriteStream } from 'node:tty';

const alternate = '\x1b[?1049h\x1b[?25l\x1b[?7l';
const normal = '\x1b[?7h\x1b[?25h\x1b[?1049l';
const home = '\x1b[H';
const clearLine = '\x1b[K';
const clearBelow = '\x1b[J';

/** Takes the alternate screen, so that what stood in the terminal is there again afterwards. Lines do not wrap. */
export class Screen {
  readonly #output: WriteStream;
  #open = false;

  constructor(output: WriteStream) {
    this.#output = output;
  }

  get columns(): number {
    return this.#output.columns || 80;
  }

  get rows(): number {
    return this.#output.rows || 24;
  }

  draw(lines: readonly string[]): void {
    if (!this.#open) {
      this.#open = true;
      this.#output.write(alternate);
      process.once('exit', this.#leave);
    }
    const shown = lines.slice(0, this.rows);
    this.#output.write(`${home}${shown.map((line) => line + clearLine).join('\r\n')}${clearBelow}`);
  }

  close(): void {
    process.off('exit', this.#leave);
    this.#leave();
  }

  readonly #leave = (): void => {
    if (this.#open) this.#output.write(normal);
    this.#open = false;
  };
}
