/** Publishes what somebody holds, in whichever form it comes. */
import type { Readable } from 'node:stream';
import { TelltaleError } from '@telltale/catalogue';
import { mediaTypes, routes, toProblem } from '@telltale/protocol';
import type { AnyEventStore } from '@telltale/store';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { traceparentOf } from '../plugin/trace.ts';
import { answerLines } from '../publish/line-answer.ts';
import { Publishing } from '../publish/publishing.ts';
import { mediaTypeOf, readEvents } from '../publish/reading.ts';
import { type Call, type Mount, serve } from '../serve.ts';

/** Parsers of its own: what this route takes, no other does. */
export function servePublish({ app, ...mount }: Mount, store: AnyEventStore): void {
  app.register(async (scope) => {
    registerParsers(scope);
    serve({ ...mount, app: scope }, routes.publishEvents, (call) => publish(call, store), { validateBody: false });
  });
}

async function publish(
  call: Call<typeof routes.publishEvents>,
  store: AnyEventStore,
): ReturnType<Parameters<typeof serve<typeof routes.publishEvents>>[2]> {
  const { request, view, query } = call;
  const publishing = new Publishing(call.store, {
    identity: call.identity,
    traceparent: traceparentOf(request),
    key: keyOf(request),
  });
  if (mediaTypeOf(request) === mediaTypes.ndjson) return answerLines(call, request.body as Readable, publishing);
  const events = await readEvents(request, () => store.eventTypes());
  if (query.partial !== true) {
    const receipts = await publishing.all(events);
    return { receipts: receipts.map((receipt) => view.receipt(receipt)) };
  }
  const { receipts, refused } = await publishing.some(events);
  return {
    receipts: receipts.map((receipt) => receipt && view.receipt(receipt)),
    refused: refused.map(({ index, error }) => ({ index, problem: toProblem(view.failure(error)) })),
  };
}

/** As it is, or in the quotes of a structured header. */
function keyOf({ headers }: FastifyRequest): string | undefined {
  const given = headers['idempotency-key'];
  if (given === undefined) return undefined;
  const key = String(given).replace(/^"(.*)"$/s, '$1');
  if (key.length > 0 && key.length <= 255) return key;
  throw new TelltaleError('InvalidArgument', 'Idempotency-Key: expected 1 to 255 characters (found: none, or more)', {
    pointer: '/idempotency-key',
  });
}

function registerParsers(scope: FastifyInstance): void {
  scope.addContentTypeParser(mediaTypes.ndjson, (_request, body, done) => done(null, body));
  // CloudEvents, and the data of one in binary mode.
  scope.addContentTypeParser(
    /^application\/[\w.-]+\+json/,
    { parseAs: 'string' },
    scope.getDefaultJsonParser('error', 'ignore'),
  );
}
