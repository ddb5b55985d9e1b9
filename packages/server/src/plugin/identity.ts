/** Finds out who calls, before anything of a request is looked at, and whether the route is for them. */
import type { Route } from '@telltale/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { authorise } from '../identity/authorise.ts';
import type { Identity } from '../identity/identity.ts';
import type { TicketOffice } from '../identity/ticket.ts';
import { TokenReader } from '../identity/token.ts';
import type { ServerOptions } from '../option.ts';
import { identityOf } from '../serve.ts';

export function registerIdentity(app: FastifyInstance, options: ServerOptions, tickets: TicketOffice): void {
  const tokens = new TokenReader(options);
  app.decorateRequest('identity', null);
  app.addHook('onRequest', async (request) => {
    const { route } = request.routeOptions.config;
    if (route === undefined || route.open === true) return;
    request.identity = await identify(request, route, tokens, tickets);
    authorise(identityOf(request), route, request.params as Record<string, string>);
  });
}

/** By the token, or on a live route by the ticket; null for neither. */
async function identify(
  request: FastifyRequest,
  route: Route,
  tokens: TokenReader,
  tickets: TicketOffice,
): Promise<Identity | null> {
  const [scheme, token] = (request.headers.authorization ?? '').split(' ');
  if (scheme?.toLowerCase() === 'bearer' && token !== undefined) return tokens.read(token);
  const { ticket } = request.query as Record<string, unknown>;
  if (route.live === undefined || typeof ticket !== 'string') return null;
  return tickets.take(ticket, request.url.split('?', 1)[0] as string);
}
