/** Reads the log page by page. */
import type { Tier } from '@telltale/catalogue';
import { routes } from '@telltale/protocol';
import type { EventFilter } from '@telltale/store';
import { type Mount, serve } from '../serve.ts';

export function serveLog(mount: Mount): void {
  serve(mount, routes.readAll, async ({ query, store, view }) => {
    const { cursor, limit, ...filter } = query;
    const after = view.openCursor(cursor) ?? null;
    const page = await store.readAll(after, filter as EventFilter & { tiers?: Tier[] }, {
      ...(limit !== undefined && { limit }),
    });
    return {
      events: view.events(page.events),
      cursor: view.sealCursor(page.cursor),
      gaps: page.gaps.map((gap) => view.gap(gap)),
      atHead: page.atHead,
    };
  });
}
