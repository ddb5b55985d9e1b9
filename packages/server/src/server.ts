/** A server of its own: the plugin alone on a Fastify, with the bounds that only a server can set. */
import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { type FailureCode, failures, TelltaleError } from '@telltale/catalogue';
import { problemType, toProblem } from '@telltale/protocol';
import Fastify, { type FastifyHttpOptions, type FastifyInstance, LogController, type RawServerDefault } from 'fastify';
import { defaultLimits, type ServerOptions } from './option.ts';
import { loggerOf } from './plugin/log.ts';
import { sendFailure } from './plugin/problem.ts';
import { mountServer } from './plugin.ts';

export async function openServer(options: ServerOptions): Promise<FastifyInstance> {
  const app = Fastify(settingsOf(options));
  await app.register((own) => mountServer(own, options, true));
  return app;
}

function settingsOf({ limits, log }: ServerOptions): FastifyHttpOptions<RawServerDefault> {
  const { bodyBytes, headSeconds } = { ...defaultLimits, ...limits };
  return {
    bodyLimit: bodyBytes,
    logger: loggerOf(log),
    logController: new LogController({ disableRequestLogging: true }),
    // A number that goes up would tell a tenant how many requests the others make.
    genReqId: () => randomUUID(),
    // By then all requests have ended. A connection that a client opened in advance is not idle to Node: it held the
    // end up until the bound for heads, 10 s, and one kept alive until its own, 72 s.
    forceCloseConnections: true,
    // Our own hook refuses, as a problem like all others.
    return503OnClosing: false,
    frameworkErrors: sendFailure,
    clientErrorHandler,
    // Bodies have a watch of their own: Node's bound would cut an NDJSON upload that flows for an hour.
    requestTimeout: 0,
    http: {
      headersTimeout: headSeconds * 1000,
      connectionsCheckingInterval: Math.min(5000, Math.max(100, headSeconds * 250)),
    },
  };
}

/** What is wrong with something that did not become a request. */
function failureOf(code: string | undefined): TelltaleError {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new TelltaleError('RequestTimedOut', 'expected the head of a request in time (found: a part of it)');
  }
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new TelltaleError('RequestTooLarge', 'expected at most 16 KiB of headers (found: more)');
  }
  return new TelltaleError('InvalidArgument', 'expected an HTTP request (found: something else)');
}

function clientErrorHandler(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const failure = failureOf(error.code);
  const body = JSON.stringify(toProblem(failure));
  const { status }: { status: number } = failures[failure.code satisfies FailureCode];
  socket.end(
    `HTTP/1.1 ${status} ${failure.code}\r\ncontent-type: ${problemType}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}
