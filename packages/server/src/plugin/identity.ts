/** Finds out who calls, before anything of a request is looked at, and whether the route is for them. */
import type { FastifyInstance } from 'fastify';
import { TokenReader } from '../identity/token.ts';
import type { ServerOptions } from '../option.ts';
import { authorise, identityOf } from '../serve.ts';

export function registerIdentity(app: FastifyInstance, options: ServerOptions): void {
  const tokens = new TokenReader(options);
  app.decorateRequest('identity', null);
  app.addHook('onRequest', async (request) => {
    const { route } = request.routeOptions.config;
    if (route === undefined || route.open === true) return;
    const [scheme, token] = (request.headers.authorization ?? '').split(' ');
    if (scheme?.toLowerCase() === 'bearer' && token !== undefined) request.identity = await tokens.read(token);
    authorise(identityOf(request), route);
  });
}
