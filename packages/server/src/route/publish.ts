/** Publishes what a body holds, in whichever form it comes. */
import type { EventInput } from '@telltale/catalogue';
import { routes, toProblem } from '@telltale/protocol';
import { type Mount, serve } from '../serve.ts';

export function servePublish(mount: Mount): void {
  serve(
    mount,
    routes.publishEvents,
    async ({ body, query, store }) => {
      const events = (Array.isArray(body) ? body : [body]) as EventInput[];
      if (query.partial !== true) return { receipts: await store.publishBatch(events) };
      const { receipts, refused } = await store.publishPartial(events);
      return { receipts, refused: refused.map(({ index, error }) => ({ index, problem: toProblem(error) })) };
    },
    { validateBody: false },
  );
}
