/** Opens live streams: everything that can be refused is refused before a stream begins. */
import { TelltaleError } from '@telltale/catalogue';
import { type Query, routes } from '@telltale/protocol';
import { Bookmark } from '@telltale/store';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Identity } from '../identity/identity.ts';
import type { Admission } from '../live/admission.ts';
import { Client } from '../live/client.ts';
import { type Format, sse } from '../live/frame.ts';
import type { Hub } from '../live/hub.ts';
import type { Interest } from '../live/interest.ts';
import { SseTransport } from '../live/sse.ts';
import type { Transport } from '../live/transport.ts';
import { formatOf, WebSocketTransport } from '../live/websocket.ts';
import { identityOf, type Mount, serve } from '../serve.ts';
import type { View } from '../view.ts';

export interface LiveMount extends Mount {
  readonly hub: Hub;
  readonly admission: Admission;
}

interface Asked {
  readonly identity: Identity;
  readonly view: View;
  readonly device: string | null;
  readonly query: Query<typeof routes.followEvents>;
  readonly lastEventId: string | undefined;
}

/** A stream that may begin. */
export interface Opening {
  readonly interest: Interest;
  readonly view: View;
  readonly after: Bookmark | null;
  readonly last: number;
  readonly expires: number | null;
  readonly leave: () => void;
}

/** @throws InvalidFilter, InvalidCursor, Forbidden, TooManyRequests, ServerStopping */
function admit({ hub, admission }: LiveMount, { identity, view, device, query, lastEventId }: Asked): Opening {
  if (identity.device !== null && identity.device !== device)
    throw new TelltaleError('Forbidden', 'expected the device of the token (found: another)');
  const interest = hub.index.find({ tenant: identity.tenant, device, filter: query.filter ?? '' });
  const cursor = view.openCursor(lastEventId ?? query.after);
  const after = cursor === undefined ? null : Bookmark.read(cursor);
  hub.checkOpen();
  const expires = identity.expires == null ? null : identity.expires * 1000;
  return { interest, view, after, last: query.last ?? 0, expires, leave: admission.enter(identity) };
}

function begin(hub: Hub, opening: Opening, format: Format, open: (onClose: () => void) => Transport): void {
  let client: Client | undefined;
  const transport = open(() => {
    opening.leave();
    if (client !== undefined) hub.leave(client);
  });
  // Who left while the token was looked at is no client any more.
  if (transport.isClosed) return;
  client = new Client(opening.interest, format, opening.view, transport, opening);
  hub.join(client);
}

/** An empty header is what EventSource sends that has seen no id. */
function lastEventIdOf(request: FastifyRequest): string | undefined {
  const value = request.headers['last-event-id'];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function serveLive(mount: LiveMount): void {
  const follow = (asked: Omit<Asked, 'lastEventId'>, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const opening = admit(mount, { ...asked, lastEventId: lastEventIdOf(request) });
    begin(mount.hub, opening, sse, (onClose) => new SseTransport(reply, onClose));
    return reply;
  };
  serve(mount, routes.followDevice, async ({ identity, view, params, query, request, reply }) =>
    follow({ identity, view, device: params.uuid.toLowerCase(), query }, request, reply),
  );
  serve(mount, routes.followEvents, async ({ identity, view, query, request, reply }) =>
    follow({ identity, view, device: null, query }, request, reply),
  );
  serveSocket(mount, routes.followDeviceSocket);
  serveSocket(mount, routes.followEventsSocket);
}

/** What the upgrade waits for: everything is judged while the answer can still be a problem. */
const openings = new WeakMap<FastifyRequest, Opening>();

function serveSocket(
  mount: LiveMount,
  route: typeof routes.followDeviceSocket | typeof routes.followEventsSocket,
): void {
  const { app, hub, viewOf } = mount;
  app.route({
    method: 'GET',
    url: route.path,
    config: { route },
    schema: { ...('params' in route.shape && { params: route.shape.params }), querystring: route.shape.query },
    preHandler: async (request) => {
      if (!request.ws)
        throw new TelltaleError('InvalidArgument', 'expected an upgrade to a WebSocket (found: a plain request)');
      const identity = identityOf(request);
      const { uuid } = request.params as { uuid?: string };
      const query = request.query as Asked['query'];
      const asked = { identity, view: viewOf(identity), device: uuid?.toLowerCase() ?? null, query };
      const opening = admit(mount, { ...asked, lastEventId: undefined });
      openings.set(request, opening);
      // Also when the handshake fails after all; a connection that is closed already says nothing more.
      if (request.raw.socket.destroyed) opening.leave();
      else request.raw.socket.once('close', opening.leave);
    },
    handler: async () => {
      throw new TelltaleError('InternalError', 'expected an upgrade to a WebSocket');
    },
    wsHandler: (socket, request) => {
      const opening = openings.get(request) as Opening;
      const open = (onClose: () => void): Transport => new WebSocketTransport(socket, request.raw.socket, onClose);
      begin(hub, opening, formatOf(socket), open);
    },
  });
}
