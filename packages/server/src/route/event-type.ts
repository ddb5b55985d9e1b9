/** Shows the catalogue, and registers event types. */
import { TelltaleError } from '@telltale/catalogue';
import { routes } from '@telltale/protocol';
import type { AnyEventStore, EventTypeDescription, EventTypeRegistration } from '@telltale/store';
import { type Mount, serve } from '../serve.ts';

/** Types are of all tenants, so they are asked of the whole store. */
export function serveEventType(mount: Mount, store: AnyEventStore): void {
  const find = async (name: string): Promise<EventTypeDescription> => {
    const type = (await store.describeEventTypes()).find((one) => one.name === name);
    if (type !== undefined) return type;
    throw new TelltaleError('NotFound', `expected a registered event type (found: ${name.slice(0, 100)})`, {
      pointer: '/name',
    });
  };
  serve(mount, routes.describeEventTypes, async () => ({ eventTypes: await store.describeEventTypes() }));
  serve(mount, routes.getEventType, async ({ params }) => find(params.name));
  serve(mount, routes.registerEventType, async ({ body }) => {
    await store.registerEventType(body as EventTypeRegistration);
    return find(body.name);
  });
}
