/** A store as an application has it: under the application's role, for events of any type, closed with its test. */
import { type AnyEventStore, EventStore, type EventStoreOptions } from '@telltale/store';
import { onTestFinished } from 'vitest';

/** `worker` is off unless asked for, so that nothing moves but what the test moves. */
export function openStore(url: string, options: Partial<EventStoreOptions> = {}): AnyEventStore {
  const store: AnyEventStore = new EventStore({
    connection: url,
    role: 'telltale_application',
    worker: false,
    ...options,
  });
  onTestFinished(() => store.close());
  return store;
}
