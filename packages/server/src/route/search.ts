/** Searches by all criteria. */
import type { EventSearchCriteria } from '@telltale/catalogue';
import { routes } from '@telltale/protocol';
import { type Mount, serve } from '../serve.ts';

export function serveSearch(mount: Mount): void {
  serve(mount, routes.searchEvents, async ({ query, store }) => {
    const { total, actorType, actorId, tags, ...criteria } = query;
    const actor =
      actorType === undefined ? undefined : { type: actorType, ...(actorId !== undefined && { id: actorId }) };
    const pairs = tags?.map((tag) => tag.split(/=(.*)/s).slice(0, 2) as [string, string]);
    const all = { ...criteria, actor, ...(pairs !== undefined && { tags: Object.fromEntries(pairs) }) };
    return store.searchPage(all as EventSearchCriteria, { total: total ?? false });
  });
}
