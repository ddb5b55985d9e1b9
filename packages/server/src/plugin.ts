/** The server as a Fastify plugin, for an app of one's own; hooks and parsers stay inside of it. */
import { TelltaleError } from '@telltale/catalogue';
import type { FastifyInstance } from 'fastify';
import type { ServerOptions } from './option.ts';
import { registerIdentity } from './plugin/identity.ts';
import { registerProblems } from './plugin/problem.ts';
import { serveHealth } from './route/health.ts';
import { servePublish } from './route/publish.ts';
import { serveSearch } from './route/search.ts';
import type { Mount } from './serve.ts';
import { makeValidatorCompiler } from './validate.ts';

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
  registerIdentity(app, options);
  const mount: Mount = { app, storeOf: (identity) => options.store.ofTenant(identity.tenant) };
  servePublish(mount);
  serveSearch(mount);
  serveHealth(mount);
}
