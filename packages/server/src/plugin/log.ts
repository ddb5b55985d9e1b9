/** The log: a line a request, with neither what was asked nor who asked; what it must not hold is never handed to it. */
import type { FastifyInstance, FastifyLoggerOptions, FastifyReply, FastifyRequest } from 'fastify';
import type { LogOptions } from '../option.ts';

/** Three dot-separated parts of base64, as every JWT has, ours and others'; what follows Bearer; what follows a `?`. */
const secrets: readonly [RegExp, string][] = [
  [/eyJ[\w-]+\.[\w-]+\.[\w-]*/g, '[token]'],
  [/\bbearer\s+\S+/gi, 'Bearer [token]'],
  [/\?[^\s"']*=[^\s"']*/g, '?[query]'],
  [/[\w.+-]+@[\w-]+\.[\w.-]+/g, '[address]'],
  // PostgreSQL quotes the value that it refuses after a colon: invalid input syntax for type uuid: "anna".
  [/: "[^"]*"/g, ': [value]'],
  [/\)=\([^)]*\)/g, ')=([value])'],
];

function scrub(text: string | undefined): string | undefined {
  return secrets.reduce((rest, [pattern, mark]) => rest?.replace(pattern, mark), text);
}

interface LoggedError {
  readonly type: string;
  readonly code: string | undefined;
  readonly message: string | undefined;
  readonly stack: string | undefined;
}

/** An error without the fields that PostgreSQL's hold values in: detail, where, parameters. */
function describeError(error: Error & { readonly code?: string }): LoggedError {
  return {
    type: error?.name ?? 'Error',
    code: error?.code,
    message: scrub(error?.message),
    stack: scrub(error?.stack),
  };
}

/** A URL holds ids, tickets and what was searched for; the route's pattern says enough. */
function describeRequest(request: FastifyRequest): object {
  return { method: request.method, route: request.routeOptions?.url ?? null };
}

const serializers = {
  req: describeRequest,
  res: (reply: FastifyReply): object => ({ status: reply.statusCode }),
  err: describeError,
  error: describeError,
};

/** For what is handed to the log in some other form, by a plugin of somebody else's. */
const redact = [
  'headers',
  'req.headers',
  'res.headers',
  'query',
  'body',
  'ip',
  'remoteAddress',
  'url',
  'identity',
  'token',
  'ticket',
  'name',
];

/** What the logger of a server of its own is made with; without options, nothing is written. */
export function loggerOf(options: LogOptions | undefined): FastifyLoggerOptions | false {
  if (options === undefined) return false;
  const { level = 'info', stream } = options;
  const settings = { level, serializers, redact: { paths: redact, remove: true }, base: null };
  // Fastify's type knows fewer of pino's settings, and other serializers.
  return (stream === undefined ? settings : { ...settings, stream }) as unknown as FastifyLoggerOptions;
}

/** A line a request; questions about health are asked too often to be worth one. */
export function registerLog(app: FastifyInstance): void {
  // In an app of somebody's own its logger stays, and writes our requests as we do.
  app.setChildLoggerFactory((logger, bindings, options) =>
    logger.child(bindings, { ...options, serializers: { ...serializers } }),
  );
  app.addHook('onResponse', async (request, reply) => {
    const { route } = request.routeOptions.config;
    const level = route?.noun === 'health' ? 'debug' : 'info';
    request.log[level](
      {
        method: request.method,
        route: request.routeOptions.url ?? null,
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime * 10) / 10,
      },
      'answered',
    );
  });
}
