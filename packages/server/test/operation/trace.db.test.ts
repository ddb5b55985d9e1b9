/** A request is a span, its calls of the store are spans in it, and what it publishes names its trace. */
import { context, propagation, type TextMapPropagator, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { afterEach, expect, test } from 'vitest';
import { openServing } from '../serving.ts';

const device = '0192f0c1-7a52-7c3e-9b1a-2f6d0f3c8e11';
const event = { event_type: 'device.rebooted', device_uuid: device, data: {} };
const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const traceparent = `00-${traceId}-00f067aa0ba902b7-01`;

/** W3C Trace Context, which an SDK brings along. */
const propagator: TextMapPropagator = {
  fields: () => ['traceparent'],
  inject: () => undefined,
  extract: (parent, carrier, getter) => {
    const [, id, span, flags] = String(getter.get(carrier, 'traceparent') ?? '').split('-');
    if (id === undefined || span === undefined) return parent;
    return trace.setSpanContext(parent, { traceId: id, spanId: span, traceFlags: Number(flags), isRemote: true });
  },
};

function startSdk(): InMemorySpanExporter {
  const exporter = new InMemorySpanExporter();
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(propagator);
  return exporter;
}

afterEach(() => {
  trace.disable();
  context.disable();
  propagation.disable();
});

async function open(title: string) {
  const { app, token } = await openServing(title);
  const headers = { authorization: `Bearer ${await token()}` };
  return {
    publish: (payload: object, more = {}) =>
      app.inject({ method: 'POST', url: '/api/v1/events', headers: { ...headers, ...more }, payload }),
    find: async () => (await app.inject({ url: '/api/v1/events', headers })).json().events,
  };
}

test('a request continues the trace of its traceparent, and its span has those of the store in it', async () => {
  const exporter = startSdk();
  const { publish } = await open('spans');
  await publish(event, { traceparent });

  await expect.poll(() => exporter.getFinishedSpans().length).toBe(2);
  const [store, request] = exporter.getFinishedSpans();

  expect(request).toMatchObject({ name: 'POST /api/v1/events', parentSpanContext: { spanId: '00f067aa0ba902b7' } });
  expect(request?.attributes).toMatchObject({
    'http.request.method': 'POST',
    'http.route': '/api/v1/events',
    'http.response.status_code': 201,
    'url.scheme': 'http',
  });
  expect(store).toMatchObject({ name: 'store publishBatch' });
  expect(store?.parentSpanContext?.spanId).toBe(request?.spanContext().spanId);
  expect(new Set([store, request].map((span) => span?.spanContext().traceId))).toEqual(new Set([traceId]));
});

test('a published event names the span of its request, unless it names one itself', async () => {
  const exporter = startSdk();
  const { publish, find } = await open('traced events');
  const own = '00-11111111111111111111111111111111-2222222222222222-01';
  await publish([event, { ...event, traceparent: own }], { traceparent });

  const names = (await find()).map((found: { traceparent: string }) => found.traceparent);
  await expect.poll(() => exporter.getFinishedSpans().some(({ name }) => name.startsWith('POST'))).toBe(true);
  const request = exporter.getFinishedSpans().find(({ name }) => name.startsWith('POST'));

  expect(names.sort()).toEqual([own, `00-${traceId}-${request?.spanContext().spanId}-01`].sort());
});

test('without an SDK a published event names the trace that its request came with, if it came with a valid one', async () => {
  const { publish, find } = await open('untraced');
  await publish(event, { traceparent });
  await publish(event, { traceparent: 'nonsense' });
  await publish(event);

  expect((await find()).map((found: { traceparent: string | null }) => found.traceparent)).toEqual([
    null,
    null,
    traceparent,
  ]);
});

test('an event sent again under its own id, in another trace, is the same event', async () => {
  startSdk();
  const { publish } = await open('retry in another trace');
  const once = { ...event, event_id: '0192f0c1-7a52-7c3e-9b1a-2f6d0f3c8e12' };
  await publish(once, { traceparent });

  const again = await publish(once, { traceparent: '00-11111111111111111111111111111111-2222222222222222-01' });

  expect([again.statusCode, again.json().receipts?.[0]?.status]).toEqual([201, 'duplicate']);
});
