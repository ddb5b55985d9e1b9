/** Shows the durable readers of the log. */
import { routes } from '@telltale/protocol';
import type { AnyEventStore } from '@telltale/store';
import { type Mount, serve } from '../serve.ts';

export function serveSubscription(mount: Mount, store: AnyEventStore): void {
  serve(mount, routes.subscriptionLag, async () => ({ subscriptions: await store.subscriptionLag() }));
}
