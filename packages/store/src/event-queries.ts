/** The questions a store answers: each is a function of its own file; here they get their database. */
import type { Event, EventSearchCriteria } from '@telltale/catalogue';
import type { Registry } from './catalogue/registry.ts';
import type { Database } from './database/database.ts';
import { defaultStore } from './default-store.ts';
import type { RowReader } from './read/event-row.ts';
import { type SearchPage, searchEvents } from './search/search.ts';
import { type FoundText, searchText, type TextPage, type TextSearchOptions } from './search/text-search.ts';
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

  /** The events whose text matches: words, "phrases", OR, -not; best first. */
  async fullTextSearch(query: string, deviceUuid?: string, limit?: number): Promise<FoundText[]> {
    return (await this.fullTextPage(query, { deviceUuid, limit })).events;
  }

  /** The same, with how many events were ranked and whether these were all. */
  fullTextPage(query: string, options: TextSearchOptions = {}): Promise<TextPage> {
    return searchText({ ...this.#context, session: this.#context.database }, query, options);
  }

  static fullTextSearch(query: string, deviceUuid?: string, limit?: number): Promise<FoundText[]> {
    return defaultStore().fullTextSearch(query, deviceUuid, limit);
  }

  static search(criteria?: EventSearchCriteria): Promise<Event[]> {
    return defaultStore().search(criteria);
  }
}
