/** Issues tickets for live streams that the caller may follow. */
import { TelltaleError } from '@telltale/catalogue';
import { allRoutes, type Route, routes } from '@telltale/protocol';
import { authorise } from '../identity/authorise.ts';
import type { TicketOffice } from '../identity/ticket.ts';
import { type Mount, serve } from '../serve.ts';

export function serveTicket(mount: Mount, tickets: TicketOffice): void {
  const { prefix } = mount.app;
  serve(mount, routes.issueTicket, async ({ body: { path }, identity }) => {
    const { route, params } = findLive(path.startsWith(prefix) ? path.slice(prefix.length) : path);
    authorise(identity, route, params);
    return tickets.issue(identity, path);
  });
}

/** The live route that a path is of, and what stands in its places. @throws InvalidArgument */
function findLive(path: string): { route: Route; params: Record<string, string | undefined> } {
  for (const route of allRoutes) {
    if (route.live === undefined) continue;
    const found = new RegExp(`^${route.path.replaceAll(/:(\w+)/g, '(?<$1>[\\w-]+)')}$`).exec(path);
    if (found !== null) return { route, params: { ...found.groups } };
  }
  const paths = allRoutes.flatMap((route) => (route.live === undefined ? [] : [route.path]));
  throw new TelltaleError('InvalidArgument', `/path: expected one of ${paths.join(', ')} (found: another)`, {
    pointer: '/path',
  });
}
