/**
 * One follower of a live stream, and where it stands.
 *
 *   behind --caught up--> attached --buffer full--> behind (once it has drained)
 *      |                     |
 *      +----- closed by either side, or evicted ----> closed
 */
import type { Bookmark } from '@telltale/store';
import type { View } from '../view.ts';
import { Batch } from './batch.ts';
import type { Entry } from './entry.ts';
import type { Format, StreamGap } from './frame.ts';
import type { Interest } from './interest.ts';
import type { Transport } from './transport.ts';

export interface ClientStart {
  /** Where it goes on; null: with what comes from now on, after the last events that it asks for. */
  readonly after: Bookmark | null;
  /** So many of the newest events first. */
  readonly last: number;
  /** When its token ends, in milliseconds since 1970; the stream ends with it. */
  readonly expires: number | null;
}

export class Client {
  readonly interest: Interest;
  readonly format: Format;
  readonly view: View;
  readonly transport: Transport;
  readonly start: ClientStart;
  state: 'behind' | 'attached' | 'closed' = 'behind';
  /** Everything up to here is written, while it is behind; null before it knows where it begins. */
  place: Bookmark | null;
  /** What losses it was told of. */
  #told: Set<string> | undefined;
  #batch: Buffer[] = [];

  constructor(interest: Interest, format: Format, view: View, transport: Transport, start: ClientStart) {
    this.interest = interest;
    this.format = format;
    this.view = view;
    this.transport = transport;
    this.start = start;
    this.place = start.after;
  }

  /** Tells where the stream begins: broken off before the first event, it resumes there all the same. */
  tellStart(place: Bookmark): void {
    this.place = place;
    const frame = this.format.heartbeat(this.view.sealCursor(place.token));
    if (frame !== null) this.transport.write(new Batch([frame]));
  }

  /** Takes an event for the next flush. Bytes that it takes there. */
  take(entry: Entry): number {
    const frame = entry.frame(this.format, this.view);
    this.#batch.push(frame);
    return frame.length;
  }

  gap(gap: StreamGap, place: Bookmark): void {
    this.#batch.push(this.format.gap(gap, this.view.sealCursor(place.token)));
  }

  flush(): void {
    const batch = this.#batch;
    if (batch.length === 0) return;
    this.#batch = [];
    this.transport.write(new Batch(batch));
  }

  /** Whether it is told of this for the first time. */
  tellOnce(what: string): boolean {
    this.#told ??= new Set();
    if (this.#told.has(what)) return false;
    this.#told.add(what);
    return true;
  }

  /** Says that the stream lives, and where it stands if it has come to the head. */
  beat(head: string | null): void {
    this.transport.beat(this.format.heartbeat(head));
  }
}
