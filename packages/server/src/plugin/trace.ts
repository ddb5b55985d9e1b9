/** OpenTelemetry: a span a request, one around each call of the store, and the name of the trace for what is published. */
import {
  type Context,
  context,
  isSpanContextValid,
  propagation,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Watch } from '../watch.ts';

/** Request -> its span, in the context that its handler runs in. */
const contexts = new WeakMap<FastifyRequest, Context>();

const traceparent = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** W3C Trace Context of the request's span; without tracing, of whoever sent it; null if nobody said. */
export function traceparentOf(request: FastifyRequest | null): string | null {
  const held = request === null ? undefined : contexts.get(request);
  const span = trace.getSpanContext(held ?? context.active());
  if (span !== undefined && isSpanContextValid(span)) {
    return `00-${span.traceId}-${span.spanId}-${span.traceFlags.toString(16).padStart(2, '0')}`;
  }
  const sent = request?.headers['traceparent'];
  return typeof sent === 'string' && traceparent.test(sent) ? sent : null;
}

function startSpan(tracer: Tracer, request: FastifyRequest): Span {
  const { url = null } = request.routeOptions;
  const parent = propagation.extract(context.active(), request.headers);
  const span = tracer.startSpan(
    url === null ? request.method : `${request.method} ${url}`,
    {
      kind: SpanKind.SERVER,
      // No url.path: it names devices and users. The route says enough.
      attributes: {
        'http.request.method': request.method,
        'url.scheme': request.protocol,
        'network.protocol.version': request.raw.httpVersion,
        ...(url !== null && { 'http.route': url }),
      },
    },
    parent,
  );
  contexts.set(request, trace.setSpan(parent, span));
  return span;
}

/** Without an SDK a span is a shared object that does nothing, and nothing more is hung on the request. */
export function registerTrace(app: FastifyInstance): void {
  const tracer = trace.getTracer('telltale');
  app.addHook('onRequest', async (request, reply) => {
    const span = startSpan(tracer, request);
    if (!span.isRecording()) return;
    reply.raw.once('close', () => {
      const { statusCode } = reply;
      span.setAttribute('http.response.status_code', statusCode);
      if (statusCode >= 500) {
        span.setAttribute('error.type', String(statusCode));
        span.setStatus({ code: SpanStatusCode.ERROR });
      }
      span.end();
    });
  });
}

/** Runs every call of the store in a span of its own. */
export function traceCalls(): Watch {
  const tracer = trace.getTracer('telltale');
  return (call, run) => runInSpan(tracer, call, run);
}

const runInSpan = (tracer: Tracer, ...[call, run]: Parameters<Watch>): Promise<unknown> => {
  const parent = (call.request === null ? undefined : contexts.get(call.request)) ?? context.active();
  const options = {
    kind: SpanKind.CLIENT,
    attributes: { 'db.system.name': 'postgresql', 'db.operation.name': call.name },
  };
  return tracer.startActiveSpan(`store ${call.name}`, options, parent, async (span) => {
    try {
      return await run(call.args);
    } catch (error) {
      const { code } = error as { code?: string };
      span.setAttribute('error.type', code ?? 'Error');
      span.setStatus({ code: SpanStatusCode.ERROR });
      throw error;
    } finally {
      span.end();
    }
  });
};
