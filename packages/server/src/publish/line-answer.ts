/** Publishes NDJSON as it comes, and answers a line a line; whoever reads no answers is read no further. */
import { Readable } from 'node:stream';
import { type EventInput, failures, type Receipt, TelltaleError } from '@telltale/catalogue';
import { mediaTypes, toProblem } from '@telltale/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { toFailure } from '../plugin/problem.ts';
import type { View } from '../view.ts';
import { type Line, LineQueue } from './line-queue.ts';
import type { Candidate, Publishing } from './publishing.ts';

export interface LineCall {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly view: View;
}

const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * Answers the body's lines. A failure before the first answer is the answer of the whole request; a later one is said
 * of the first line that was not published, and ends the answer: that line and all behind it are to be sent again.
 */
export async function answerLines(call: LineCall, body: Readable, publishing: Publishing): Promise<FastifyReply> {
  const queue = new LineQueue(body);
  const answers = publishLines(call, queue, publishing);
  const first = await answers.next().catch((error: unknown) => {
    queue.close();
    throw error;
  });
  const stream = Readable.from(continueWith(first, answers), { objectMode: false, highWaterMark: 1 });
  call.reply.raw.once('close', () => queue.close());
  return call.reply.status(200).type(mediaTypes.ndjson).send(stream);
}

async function* continueWith(
  first: IteratorResult<string, void>,
  rest: AsyncGenerator<string, void>,
): AsyncGenerator<string, void> {
  if (first.done === true) return;
  yield first.value;
  yield* rest;
}

async function* publishLines(
  { request, view }: LineCall,
  queue: LineQueue,
  publishing: Publishing,
): AsyncGenerator<string, void> {
  const problemOf = (error: unknown): object => toProblem(view.failure(toFailure(error)), request.id);
  let next = 1;
  for (let isFirst = true; ; isFirst = false) {
    let answers: string;
    try {
      const lines = await queue.take();
      if (lines.length === 0) return;
      next = lines[0]?.number ?? next;
      answers = await publishChunk(lines, publishing, view, problemOf);
      next = (lines.at(-1)?.number ?? next) + 1;
    } catch (error) {
      // Nobody is there any more to be told.
      if (request.raw.aborted) return;
      if (isFirst) throw error;
      const failure = toFailure(error);
      if (failures[failure.code].status >= 500) request.log.error({ err: failure.cause ?? failure }, failure.message);
      yield `${JSON.stringify({ line: next, problem: problemOf(failure) })}\n`;
      return;
    }
    yield answers;
  }
}

async function publishChunk(
  lines: readonly Line[],
  publishing: Publishing,
  view: View,
  problemOf: (error: unknown) => object,
): Promise<string> {
  const candidates = lines.map(({ content }) => (content instanceof TelltaleError ? content : parse(content)));
  const { receipts, refused } = await publishing.some(candidates, (index) => (lines[index]?.number ?? 1) - 1);
  const refusals = new Map(refused.map(({ index, error }) => [index, error]));
  return lines
    .map(({ number }, index) => {
      const refusal = refusals.get(index);
      const answer =
        refusal === undefined
          ? { line: number, receipt: view.receipt(receipts[index] as Receipt) }
          : { line: number, problem: problemOf(ofLine(refusal)) };
      return `${JSON.stringify(answer)}\n`;
    })
    .join('');
}

/** Without its index in a batch that the caller does not know of. */
function ofLine(error: TelltaleError): TelltaleError {
  const { index: _index, ...place } = error.place;
  return new TelltaleError(error.code, error.message.replace(/^event \d+: /, ''), place, { cause: error });
}

function parse(line: Buffer): Candidate {
  try {
    return JSON.parse(decoder.decode(line)) as EventInput;
  } catch (error) {
    return new TelltaleError('InvalidEvent', `expected JSON in UTF-8 (found: ${(error as Error).message})`);
  }
}
