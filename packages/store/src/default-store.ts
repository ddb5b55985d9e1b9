/** The store behind the static methods: the one that `EventStore.configure` made last. */
import { TelltaleError } from '@telltale/catalogue';
import type { AnyEventStore } from './event-store.ts';

let store: AnyEventStore | undefined;

/** @throws StoreClosed before `configure`. */
export function defaultStore(): AnyEventStore {
  if (store === undefined) {
    throw new TelltaleError(
      'StoreClosed',
      'expected a configured store (found: none); call EventStore.configure({ connection }) first',
    );
  }
  return store;
}

/** Sets the store, and answers with the one before. */
export function setDefaultStore(next: AnyEventStore): AnyEventStore | undefined {
  const before = store;
  store = next;
  return before;
}
