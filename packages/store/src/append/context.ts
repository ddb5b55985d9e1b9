/** Interned metadata: what many events share is stored once and pointed to by a hash. */
import { hash } from 'node:crypto';
import { column } from '../database/column.ts';
import type { Session } from '../database/database.ts';
import type { PreparedEvent } from '../event/prepare.ts';
import { readStatement } from '../sql-file.ts';

const internContexts = readStatement('intern_contexts');

/** Texts remembered; a fleet of 10,000 devices with tags of their own and three services fits. */
const capacity = 50_000;

interface Sighting {
  readonly id: bigint;
  /** Whether the database has it. */
  stored: boolean;
}

/**
 * Decides which metadata is interned: from its second sighting on, so that text which never repeats is never kept.
 * Sender, tags, tenant and compliance came to 65 bytes an event written out, against 8.
 */
export class ContextCache {
  readonly #seen = new Map<string, Sighting>();

  /** What each event stores: the id of interned text, or the text itself. Stores new texts first. */
  async place(
    session: Session,
    events: readonly PreparedEvent[],
  ): Promise<{ contextIds: (bigint | null)[]; contexts: (string | null)[] }> {
    const fresh = new Map<string, Sighting>();
    const sightings = events.map(({ shared }) => (shared === null ? null : this.#sight(shared, fresh)));
    await this.#store(session, fresh);
    return {
      contextIds: sightings.map((sighting) => sighting?.id ?? null),
      contexts: events.map((event, index) => (sightings[index] == null ? inline(event) : event.own)),
    };
  }

  #sight(text: string, fresh: Map<string, Sighting>): Sighting | null {
    const known = this.#seen.get(text);
    if (known !== undefined) {
      if (!known.stored) fresh.set(text, known);
      return known;
    }
    if (this.#seen.size >= capacity) this.#seen.clear();
    this.#seen.set(text, { id: hash('sha256', text, 'buffer').readBigInt64BE(0), stored: false });
    return null;
  }

  async #store(session: Session, fresh: Map<string, Sighting>): Promise<void> {
    if (fresh.size === 0) return;
    await session.query(internContexts, [
      column(
        'hash8',
        [...fresh.values()].map((sighting) => sighting.id),
      ),
      column('jsonb', [...fresh.keys()]),
    ]);
    for (const sighting of fresh.values()) sighting.stored = true;
  }
}

/** Both parts in one object; their keys never meet. */
function inline({ shared, own }: PreparedEvent): string | null {
  if (shared === null || own === null) return shared ?? own;
  return `${shared.slice(0, -1)},${own.slice(1)}`;
}
