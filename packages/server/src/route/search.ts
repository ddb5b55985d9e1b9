/** Searches by all criteria: those of a query, or the library's own as JSON. */
import type { EventSearchCriteria } from '@telltale/catalogue';
import { routes } from '@telltale/protocol';
import { type Mount, serve } from '../serve.ts';
import { answerPage, openPage } from './page.ts';

export function serveSearch(mount: Mount): void {
  serve(mount, routes.searchEvents, async (call) => {
    const { total = false, actorType, actorId, tags, ...criteria } = openPage(call.view, call.query);
    const actor = {
      ...(actorType !== undefined && { type: actorType }),
      ...(actorId !== undefined && { id: actorId }),
    };
    const pairs = tags?.map((tag) => tag.split(/=(.*)/s).slice(0, 2) as [string, string]);
    const all = { ...criteria, actor, ...(pairs !== undefined && { tags: Object.fromEntries(pairs) }) };
    return answerPage(call, await call.store.searchPage(all as EventSearchCriteria, { total }));
  });
  serve(mount, routes.searchByCriteria, async (call) => {
    const { total = false, ...criteria } = openPage(call.view, call.body);
    return answerPage(call, await call.store.searchPage(criteria as EventSearchCriteria, { total }));
  });
}
