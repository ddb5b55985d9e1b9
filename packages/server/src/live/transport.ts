/** What a client is written to, and how much of that the network has not taken yet. */
import type { Batch } from './batch.ts';

export abstract class Transport {
  #pending = 0;
  #movedAt = 0;
  #waiting: (() => void)[] = [];
  #isClosed = false;

  /** Sends bytes, and calls back when they are on their way or never will be. */
  protected abstract send(bytes: Buffer, taken: () => void): void;
  /** Shows a sign of life; the frame, if there is one, and what the protocol has of its own. */
  abstract beat(frame: Buffer | null): void;
  /** Ends the stream so that the client connects anew; what is pending still goes out. */
  abstract end(): void;
  /** Ends it at once. */
  abstract destroy(): void;
  /** Sends frames together. */
  abstract write(batch: Batch): void;

  /** Bytes that were sent and that the network has not taken yet. */
  get pending(): number {
    return this.#pending;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Milliseconds for which the network has taken nothing of what waits. */
  stalledFor(now: number): number {
    return this.#pending === 0 ? 0 : now - this.#movedAt;
  }

  /** Resolves when nothing waits any more, or the stream is closed. */
  drained(): Promise<void> {
    if (this.#pending === 0) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Nobody is there to take anything. */
  protected close(): void {
    this.#isClosed = true;
    this.#pending = 0;
    this.#wake();
  }

  protected queue(bytes: Buffer): void {
    if (this.#isClosed) return;
    const { length } = bytes;
    if (this.#pending === 0) this.#movedAt = performance.now();
    this.#pending += length;
    this.send(bytes, () => {
      this.#movedAt = performance.now();
      this.#pending = Math.max(0, this.#pending - length);
      if (this.#pending === 0) this.#wake();
    });
  }

  #wake(): void {
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }
}
