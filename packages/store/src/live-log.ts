/** What a live stream needs of the log beside `readAll`: a cheap look at the heads, hints of appends, cursors mended. */
import type { PersonalLookup } from '@telltale/catalogue';
import type { Registry } from './catalogue/registry.ts';
import type { Session } from './database/database.ts';
import { Bookmark } from './read/bookmark.ts';
import { mendCursor, readLogPosition } from './read/position.ts';
import { readStatement } from './sql-file.ts';

const readHeads = readStatement('read_log_heads');

export class LiveLog {
  readonly #session: Session;
  readonly #listeners = new Set<() => void>();
  /** Personal pointers of an event type, for `matchFilter`; one function for good. */
  readonly personalOf: PersonalLookup;

  constructor(session: Session, registry: Registry) {
    this.#session = session;
    this.personalOf = registry.personalOf;
  }

  /** Text that changes whenever something is recorded. */
  async heads(): Promise<string> {
    const [row] = await this.#session.query<{ heads: string | null }>(readHeads);
    return row?.heads ?? '';
  }

  /**
   * Calls back after this process has appended something: a hint, which tells neither what nor how much, and says
   * nothing of other processes. The answer ends it.
   */
  onAppend(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Tells the listeners; what one throws is its own fault and must not fail a publisher. */
  hint(): void {
    for (const listener of this.#listeners) {
      try {
        listener();
      } catch (error) {
        process.emitWarning(error instanceof Error ? error : String(error));
      }
    }
  }

  /** The cursor moved back to where the log still agrees with it, after a restore; unchanged when it does anyway. */
  async mend(bookmark: Bookmark): Promise<Bookmark> {
    return Bookmark.of(mendCursor(bookmark.entries, await readLogPosition(this.#session)));
  }
}
