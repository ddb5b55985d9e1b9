/** The questions a store answers: each is a function of its own file; here they get their database. */
import type { Event, EventSearchCriteria } from '@telltale/catalogue';
import type { Registry } from './catalogue/registry.ts';
import type { Database } from './database/database.ts';
import { defaultStore } from './default-store.ts';
import type { RowReader } from './read/event-row.ts';
import { type SearchPage, searchEvents } from './search/search.ts';
import type { Indexer } from './segment/indexer.ts';

/** What every question needs. */
export interface QueryContext {
  readonly database: Database;
  readonly registry: Registry;
  readonly rows: RowReader;
  readonly indexer: Indexer;
  /** Milliseconds after which a question is given up. */
  readonly timeout: number;
}

export class EventQueries {
  readonly #context: QueryContext;

  constructor(context: QueryContext) {
    this.#context = context;
  }

  /** The events that all criteria hold for, newest first. */
  async search(criteria: EventSearchCriteria = {}): Promise<Event[]> {
    return (await this.searchPage(criteria)).events;
  }

  /** The same, with the cursor of the next page. */
  searchPage(criteria: EventSearchCriteria = {}): Promise<SearchPage> {
    return searchEvents({ ...this.#context, session: this.#context.database }, criteria);
  }

  static search(criteria?: EventSearchCriteria): Promise<Event[]> {
    return defaultStore<EventQueries>().search(criteria);
  }
}
