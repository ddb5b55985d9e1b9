/** One event on its way to clients: serialised when the first of them wants it, and then once for all of one view. */
import type { Event } from '@telltale/catalogue';
import type { Bookmark } from '@telltale/store';
import type { View } from '../view.ts';
import type { Format } from './frame.ts';

/** Of the frames of one event: it has one tenant, so whoever is confined and sees it shares that tenant's frame. */
export const slotOf = (format: Format, view: View): number => (view.tenant === null ? format.slot : format.slot + 1);

export class Entry {
  readonly event: Event;
  /** Where a reader stands that has passed it. */
  readonly place: Bookmark;
  readonly #frames: (Buffer | undefined)[] = [];

  constructor(event: Event, place: Bookmark) {
    this.event = event;
    this.place = place;
  }

  frame(format: Format, view: View): Buffer {
    const slot = slotOf(format, view);
    let frame = this.#frames[slot];
    if (frame === undefined) {
      frame = format.event(view.event(this.event), view.sealCursor(this.place.token));
      this.#frames[slot] = frame;
    }
    return frame;
  }
}
