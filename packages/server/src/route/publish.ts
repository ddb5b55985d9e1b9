/** Publishes what a body holds, in whichever form it comes. */
import type { EventInput } from '@telltale/catalogue';
import { routes, toProblem } from '@telltale/protocol';
import { type Mount, serve } from '../serve.ts';

export function servePublish(mount: Mount): void {
  serve(
    mount,
    routes.publishEvents,
    async ({ body, query, store, view }) => {
      const events = (Array.isArray(body) ? body : [body]) as EventInput[];
      if (query.partial !== true) {
        const receipts = await store.publishBatch(events);
        return { receipts: receipts.map((receipt) => view.receipt(receipt)) };
      }
      const { receipts, refused } = await store.publishPartial(events);
      return {
        receipts: receipts.map((receipt) => receipt && view.receipt(receipt)),
        refused: refused.map(({ index, error }) => ({ index, problem: toProblem(view.failure(error)) })),
      };
    },
    { validateBody: false },
  );
}
