/** Interned metadata: what many events share is stored once and pointed to by a hash. */
import { hash } from 'node:crypto';
import { column } from '../database/column.ts';
import type { Session } from '../database/database.ts';
import { metadataKey } from '../event/content.ts';
import { isShared, splitMetadata } from '../event/metadata.ts';
import type { PreparedEvent } from '../event/prepare.ts';
import { readStatement } from '../sql-file.ts';

const internContexts = readStatement('intern_contexts');

/** Texts remembered; a fleet of 10,000 devices with tags of their own and three services fits. */
const capacity = 50_000;

/** Metadata that was seen: how it is stored from now on. */
interface Sighting {
  readonly text: string;
  readonly id: bigint;
  /** Of an event whose metadata is all in it. */
  readonly placed: PlacedContext;
  /** Whether the database has it. */
  stored: boolean;
}

/** How one event's metadata is stored. */
export interface PlacedContext {
  readonly id: bigint | null;
  /** Canonical text of what is not interned. */
  readonly text: string | null;
  /** Canonical text of what is. */
  readonly shared: string | null;
}

const nothing: PlacedContext = { id: null, text: null, shared: null };

/**
 * Decides which metadata is interned: from its second sighting on, so that text which never repeats is never kept.
 * Sender, tags, tenant and the name of a device came to 100 bytes an event written out, against 8.
 */
export class ContextCache {
  /** By canonical text of what is shared. */
  readonly #seen = new Map<string, Sighting>();
  /** By canonical text of metadata that is shared as a whole: saves taking it apart. Null where nothing is stored. */
  readonly #whole = new Map<string, Sighting | null>();

  /** What each event stores. Texts that are to be interned are stored first. */
  async place(session: Session, events: readonly PreparedEvent[]): Promise<PlacedContext[]> {
    const fresh: Sighting[] = [];
    const placed = events.map((event) => this.#place(event, fresh));
    if (fresh.length > 0) await this.#store(session, fresh);
    return placed;
  }

  #place(event: PreparedEvent, fresh: Sighting[]): PlacedContext {
    const { metadata } = event;
    if (metadata === undefined) return nothing;
    if (!isShared(metadata)) return this.#placeParts(event, fresh);
    const whole = metadataKey(event.content);
    const known = this.#whole.get(whole);
    if (known === null) return nothing;
    if (known !== undefined) return intern(known, fresh);
    const { shared } = splitMetadata(metadata);
    if (this.#whole.size >= capacity) this.#whole.clear();
    if (shared === null) {
      this.#whole.set(whole, null);
      return nothing;
    }
    const seen = this.#seen.get(shared);
    const sighting = seen ?? this.#sight(shared);
    this.#whole.set(whole, sighting);
    return seen === undefined ? { id: null, text: shared, shared: null } : intern(seen, fresh);
  }

  #placeParts({ metadata }: PreparedEvent, fresh: Sighting[]): PlacedContext {
    const { shared, own } = splitMetadata(metadata);
    if (shared === null) return { id: null, text: own, shared: null };
    const seen = this.#seen.get(shared);
    if (seen !== undefined) return { ...intern(seen, fresh), text: own };
    this.#sight(shared);
    // Their keys never meet, so both fit in one object.
    return { ...nothing, text: own === null ? shared : `${shared.slice(0, -1)},${own.slice(1)}` };
  }

  #sight(text: string): Sighting {
    if (this.#seen.size >= capacity) this.#seen.clear();
    const id = hash('sha256', text, 'buffer').readBigInt64BE(0);
    const sighting = { text, id, placed: { id, text: null, shared: text }, stored: false };
    this.#seen.set(text, sighting);
    return sighting;
  }

  async #store(session: Session, fresh: readonly Sighting[]): Promise<void> {
    await session.query(internContexts, [
      column(
        'hash8',
        fresh.map((sighting) => sighting.id),
      ),
      column(
        'jsonb',
        fresh.map((sighting) => sighting.text),
      ),
    ]);
    for (const sighting of fresh) sighting.stored = true;
  }
}

function intern(sighting: Sighting, fresh: Sighting[]): PlacedContext {
  if (!sighting.stored && !fresh.includes(sighting)) fresh.push(sighting);
  return sighting.placed;
}
