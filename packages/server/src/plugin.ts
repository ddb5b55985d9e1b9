/** The server as a Fastify plugin, for an app of one's own; hooks, parsers and limits stay inside of it. */
import { TelltaleError } from '@telltale/catalogue';
import type { FastifyInstance } from 'fastify';
import { TicketOffice } from './identity/ticket.ts';
import { registerLive } from './live/live.ts';
import { registerWebSocket } from './live/websocket.ts';
import { Operation } from './operation.ts';
import { defaultLimits, type ServerOptions } from './option.ts';
import { refuseOtherBodies } from './plugin/body.ts';
import { registerIdentity } from './plugin/identity.ts';
import { registerProblems } from './plugin/problem.ts';
import { serveAggregate } from './route/aggregate.ts';
import { serveAnalytics } from './route/analytics.ts';
import { serveDevice } from './route/device.ts';
import { serveDocument } from './route/document.ts';
import { serveEvent } from './route/event.ts';
import { serveEventType } from './route/event-type.ts';
import { serveIdentity } from './route/identity.ts';
import { serveLog } from './route/log.ts';
import { servePublish } from './route/publish.ts';
import { serveSearch } from './route/search.ts';
import { serveSubscription } from './route/subscription.ts';
import { serveTicket } from './route/ticket.ts';
import type { Mount } from './serve.ts';
import { makeValidatorCompiler } from './validate.ts';
import { makeViews } from './view.ts';

/** Bytes that a key of HMAC-SHA-256 should have (RFC 7518, 3.2). */
const shortestSecret = 32;

/** Without a prefix, paths that nobody serves are the app's to answer. */
export function telltale(app: FastifyInstance, options: ServerOptions): Promise<void> {
  return mountServer(app, options, app.prefix !== '');
}

/** @param ownsMissing whether a path that nobody serves is ours to answer */
export async function mountServer(app: FastifyInstance, options: ServerOptions, ownsMissing: boolean): Promise<void> {
  checkSecret(options.secret);
  // Before any hook that refuses: the connection of an upgrade that is refused is closed by a hook of its own.
  await registerWebSocket(app);
  app.setValidatorCompiler(makeValidatorCompiler());
  boundBodies(app, options);
  registerProblems(app, ownsMissing);
  refuseOtherBodies(app);
  const operation = new Operation(app, options);
  operation.registerFirst();
  const tickets = new TicketOffice(options);
  registerIdentity(app, options, tickets);
  await operation.registerForCaller();
  const mount: Mount = {
    app,
    storeOf: (identity, request) =>
      operation.watched(options.store.ofTenant(identity.tenant, identity.device), request),
    viewOf: makeViews(options.secret),
  };
  servePublish(mount, options.store);
  serveSearch(mount);
  serveIdentity(mount);
  serveTicket(mount, tickets);
  serveEvent(mount);
  serveLog(mount);
  serveDevice(mount);
  serveAggregate(mount);
  serveAnalytics(mount);
  serveEventType(mount, options.store);
  serveSubscription(mount, options.store);
  serveDocument(mount);
  const hub = registerLive(mount, options);
  operation.watchLive(hub);
  operation.serve(mount);
  operation.registerLast();
}

/** Also in an app whose own bound is another. */
function boundBodies(app: FastifyInstance, { limits }: ServerOptions): void {
  const { bodyBytes } = { ...defaultLimits, ...limits };
  app.addHook('onRoute', (route) => {
    route.bodyLimit ??= bodyBytes;
  });
}

/** @throws InvalidArgument */
function checkSecret(secret: unknown): void {
  if (typeof secret !== 'string' || Buffer.byteLength(secret) < shortestSecret) {
    throw new TelltaleError(
      'InvalidArgument',
      `secret: expected at least ${shortestSecret} bytes that nobody can guess (found: fewer)`,
    );
  }
}
