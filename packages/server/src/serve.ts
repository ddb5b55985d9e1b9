/** Puts a declared route on the server: authenticate, authorise, validate, call, reply. */
import { TelltaleError } from '@telltale/catalogue';
import { type Body, type Params, type Query, type Reply, type Route } from '@telltale/protocol';
import type { TenantStore } from '@telltale/store';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Identity } from './identity/identity.ts';
import type { View } from './view.ts';

/** What a handler gets. The store is the caller's tenant's part of it. */
export interface Call<Of> {
  readonly params: Params<Of>;
  readonly query: Query<Of>;
  readonly body: Body<Of>;
  readonly identity: Identity;
  readonly store: TenantStore;
  /** What of an answer the caller may see, and the cursors it carries. */
  readonly view: View;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** What is answered is read only; a handler hands over what the store gave it as it is. */
type Given<Value> = Value extends readonly (infer Item)[]
  ? readonly Given<Item>[]
  : Value extends object
    ? { readonly [Name in keyof Value]: Given<Value[Name]> }
    : Value;

export type Handler<Of> = (call: Call<Of>) => Promise<Given<Reply<Of>> | FastifyReply>;

declare module 'fastify' {
  interface FastifyContextConfig {
    route?: Route;
  }
  interface FastifyRequest {
    identity: Identity | null;
  }
}

/** The identity of a request on a route that needs one. @throws Unauthenticated */
export function identityOf(request: FastifyRequest): Identity {
  if (request.identity !== null) return request.identity;
  throw new TelltaleError('Unauthenticated', 'expected Authorization: Bearer and a token (found: none)');
}

export interface Mount {
  readonly app: FastifyInstance;
  /** Without a request: for work that goes on beyond one. */
  readonly storeOf: (identity: Identity, request?: FastifyRequest) => TenantStore;
  readonly viewOf: (identity: Identity) => View;
}

/** `validateBody: false` for a body that the handler itself reads. */
export function serve<Of extends Route>(
  { app, storeOf, viewOf }: Mount,
  route: Of,
  handler: Handler<Of>,
  { validateBody = true } = {},
): void {
  const { params, query, body } = route.shape;
  app.route({
    method: route.method,
    url: route.path,
    config: { route },
    schema: {
      ...(params !== undefined && { params }),
      ...(query !== undefined && { querystring: query }),
      ...(body !== undefined && validateBody && { body }),
    },
    handler: async (request, reply) => {
      if (route.status !== undefined) reply.status(route.status);
      const identity = route.open === true ? nobody : identityOf(request);
      return handler({
        params: request.params as Params<Of>,
        query: request.query as Query<Of>,
        body: request.body as Body<Of>,
        identity,
        store: storeOf(identity, request),
        view: viewOf(identity),
        request,
        reply,
      });
    },
  });
}

/** Whom an open route answers: nobody in particular, who may do nothing else. */
const nobody: Identity = { subject: '', name: null, roles: [], tenant: '', device: null };
