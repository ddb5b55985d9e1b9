/** The store behind the static methods: the one that `EventStore.configure` made last. */
import { TelltaleError } from '@telltale/catalogue';

let store: object | undefined;

/** @throws StoreClosed before `configure`. */
export function defaultStore<Store extends object>(): Store {
  if (store === undefined) {
    throw new TelltaleError(
      'StoreClosed',
      'expected a configured store (found: none); call EventStore.configure({ connection }) first',
    );
  }
  return store as Store;
}

/** Sets the store, and answers with the one before. */
export function setDefaultStore<Store extends object>(next: Store): Store | undefined {
  const before = store as Store | undefined;
  store = next;
  return before;
}
