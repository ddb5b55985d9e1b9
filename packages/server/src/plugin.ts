/** The server as a Fastify plugin, for an app of one's own; hooks and parsers stay inside of it. */
import { TelltaleError } from '@telltale/catalogue';
import type { FastifyInstance } from 'fastify';
import { Operation } from './operation.ts';
import { registerLive } from './live/live.ts';
import type { ServerOptions } from './option.ts';
import { registerIdentity } from './plugin/identity.ts';
import { registerProblems } from './plugin/problem.ts';
import { servePublish } from './route/publish.ts';
import { serveSearch } from './route/search.ts';
import type { Mount } from './serve.ts';
import { makeValidatorCompiler } from './validate.ts';
import { makeViews } from './view.ts';

/** Bytes that a key of HMAC-SHA-256 should have (RFC 7518, 3.2). */
const shortestSecret = 32;

export async function telltale(app: FastifyInstance, options: ServerOptions): Promise<void> {
  if (typeof options.secret !== 'string' || Buffer.byteLength(options.secret) < shortestSecret) {
    throw new TelltaleError(
      'InvalidArgument',
      `secret: expected at least ${shortestSecret} bytes that nobody can guess (found: fewer)`,
    );
  }
  app.setValidatorCompiler(makeValidatorCompiler());
  registerProblems(app);
  const operation = new Operation(app, options);
  operation.registerFirst();
  registerIdentity(app, options);
  await operation.registerForCaller();
  const mount: Mount = {
    app,
    storeOf: (identity, request) => operation.watched(options.store.ofTenant(identity.tenant), request),
    viewOf: makeViews(options.secret),
  };
  servePublish(mount);
  serveSearch(mount);
  registerLive(mount, options);
  operation.serve(mount);
  operation.registerLast();
}
