/** Every error becomes a problem of RFC 9457 with a code of the table. */
import { type FailureCode, failures, TelltaleError } from '@telltale/catalogue';
import { problemType, toProblem } from '@telltale/protocol';
import type {
  FastifyError,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  FastifySchemaValidationError,
} from 'fastify';
import { hidePlaces } from '../view.ts';

/** Fastify's own refusals, as codes of ours. */
const codeOfStatus: Readonly<Record<number, FailureCode>> = {
  400: 'InvalidArgument',
  404: 'NotFound',
  413: 'RequestTooLarge',
  415: 'MediaTypeUnsupported',
  429: 'TooManyRequests',
  503: 'ServerStopping',
};

/** Where ajv points to; for a field that is missing or too many, to the field itself. */
function pointerOf({ instancePath, params }: FastifySchemaValidationError): string {
  const field = params['missingProperty'] ?? params['additionalProperty'];
  return typeof field === 'string' ? `${instancePath}/${field}` : instancePath;
}

/** What a driver says names hosts, ports and users, which are for the log alone. */
function withoutAddress(cause: TelltaleError): TelltaleError {
  return new TelltaleError(
    'ConnectionFailed',
    'expected PostgreSQL to answer (found: it cannot be reached)',
    {},
    { cause },
  );
}

export function toFailure(error: unknown): TelltaleError {
  if (error instanceof TelltaleError) return error.code === 'ConnectionFailed' ? withoutAddress(error) : error;
  const { validation, validationContext, statusCode, message } = error as FastifyError;
  const [first] = validation ?? [];
  if (first !== undefined) {
    const pointer = pointerOf(first);
    return new TelltaleError(
      'InvalidArgument',
      `${validationContext ?? 'request'} ${pointer}: ${first.message ?? 'does not fit'}`,
      { pointer },
    );
  }
  const code = statusCode === undefined ? undefined : codeOfStatus[statusCode];
  if (code !== undefined) return new TelltaleError(code, message, {}, { cause: error });
  return new TelltaleError(
    'InternalError',
    'The server failed; its log has the error under this request id.',
    {},
    { cause: error },
  );
}

export function sendFailure(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const found = toFailure(error);
  const failure = request.identity == null || request.identity.tenant === null ? found : hidePlaces(found);
  const { status, retryable } = failures[failure.code];
  if (status >= 500) request.log.error({ err: failure.cause ?? failure, code: failure.code }, failure.message);
  if (status === 401) reply.header('www-authenticate', 'Bearer');
  if (retryable && reply.getHeader('retry-after') === undefined) reply.header('retry-after', '1');
  reply
    .status(status)
    .type(problemType)
    .send(Buffer.from(JSON.stringify(toProblem(failure, request.id))));
}

/** @param ownsMissing whether a path that nobody serves is ours to answer */
export function registerProblems(app: FastifyInstance, ownsMissing: boolean): void {
  app.setErrorHandler(sendFailure);
  if (!ownsMissing) return;
  app.setNotFoundHandler((request, reply) =>
    sendFailure(
      new TelltaleError(
        'NotFound',
        `expected a path of /openapi.json (found: ${request.method} ${request.url.split('?')[0]})`,
      ),
      request,
      reply,
    ),
  );
}
