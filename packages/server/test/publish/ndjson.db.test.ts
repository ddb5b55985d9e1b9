/** NDJSON of any length is stored as it comes, answered a line a line, and never held in memory. */
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { openServing, type Serving } from '../serving.ts';
import { linesOf, ndjson, online, press, publish } from './publish.ts';

const line = JSON.stringify(online);

interface Upload {
  readonly request: ClientRequest;
  readonly response: Promise<IncomingMessage>;
}

/** A request whose body is written by the test. */
async function upload({ app, token }: Serving): Promise<Upload> {
  const address = new URL(await app.listen({ host: '127.0.0.1', port: 0 }));
  const headers = { ...ndjson, authorization: `Bearer ${await token()}` };
  const sent = request({ host: address.hostname, port: address.port, path: '/api/v1/events', method: 'POST', headers });
  // What breaks off is looked for in the answer.
  sent.on('error', () => undefined);
  onTestFinished(() => void sent.destroy());
  const response = new Promise<IncomingMessage>((resolve) => {
    sent.once('response', resolve);
  });
  sent.flushHeaders();
  return { request: sent, response };
}

test('every line is answered in order, a bad one by its problem, and blank ones not at all', async () => {
  const serving = await openServing('ndjson answers');
  const body = [
    line,
    '',
    '{"event_type":',
    JSON.stringify({ ...online, event_type: 'device.offline', data: { reason: '' } }),
    '  \r',
    'null',
    JSON.stringify({ ...online, metadata: { tenant: { id: 'other', name: 'other' } } }),
    `${line}\r`,
  ].join('\n');
  const answer = await publish(serving, body, ndjson);

  expect([answer.statusCode, answer.headers['content-type']]).toEqual([200, 'application/x-ndjson']);
  expect(linesOf(answer)).toMatchObject([
    { line: 1, receipt: { status: 'stored' } },
    { line: 3, problem: { code: 'InvalidEvent' } },
    { line: 4, problem: { code: 'InvalidEvent', errors: [{ pointer: '/data/reason' }] } },
    { line: 6, problem: { code: 'InvalidEvent' } },
    { line: 7, problem: { code: 'Forbidden', errors: [{ pointer: '/metadata/tenant/id' }] } },
    { line: 8, receipt: { status: 'stored' } },
  ]);
  expect((await serving.store.search()).length).toBe(2);
});

test('lines are stored and answered while the body still comes', async () => {
  const { request: sent, response } = await upload(await openServing('ndjson as it comes'));
  sent.write(`${line}\n${line.slice(0, 20)}`);
  const answers = (await response)[Symbol.asyncIterator]();
  const first = String((await answers.next()).value);
  sent.end(line.slice(20));
  const second = String((await answers.next()).value);

  expect([first, second].map((text) => (JSON.parse(text) as { line: number }).line)).toEqual([1, 2]);
});

test('a line that is no UTF-8, or longer than any event, is refused alone', async () => {
  const serving = await openServing('ndjson bad bytes');
  const { request: sent, response } = await upload(serving);
  sent.write(Buffer.from([0x22, 0xff, 0x22, 0x0a]));
  sent.write(`"${'x'.repeat(1_500_000)}"\n`);
  sent.end(line);
  let body = '';
  for await (const chunk of await response) body += String(chunk);

  expect(linesOf({ body })).toMatchObject([
    { line: 1, problem: { code: 'InvalidEvent' } },
    { line: 2, problem: { code: 'RequestTooLarge' } },
    { line: 3, receipt: { status: 'stored' } },
  ]);
});

test('3,000 lines are stored in calls of at most 500, in their order', async () => {
  const serving = await openServing('ndjson many');
  const calls = vi.spyOn(serving.store, 'publishBatch');
  const ids = Array.from({ length: 3000 }, (_, index) => `0192f0c1-7a52-7c3e-9b1a-${String(index).padStart(12, '0')}`);
  const body = ids.map((event_id) => JSON.stringify({ ...online, event_id })).join('\n');
  const answers = linesOf(await publish(serving, body, ndjson));

  expect(answers.map(({ receipt }) => receipt?.event_id)).toEqual(ids);
  expect(answers.map(({ line: number }) => number)).toEqual(ids.map((_, index) => index + 1));
  expect(Math.max(...calls.mock.calls.map(([events]) => events.length))).toBeLessThanOrEqual(500);
  const { events } = await serving.store.readAll(null, { deviceUuid: press }, { limit: 3000 });
  expect(events.map(({ event_id }) => event_id)).toEqual(ids);
});

test('who reads no answers is read no further, and goes on when he does', { timeout: 120_000 }, async () => {
  const serving = await openServing('ndjson stalled');
  const { request: sent, response } = await upload(serving);
  // More than every buffer in between holds, both ways: 15 MB of lines, and longer answers, which repeat what is wrong.
  const total = 15_000;
  const long = JSON.stringify({ ['x'.repeat(1000)]: 1 });
  let written = 0;
  const write = (): void => {
    while (written < total) {
      written += 1;
      if (!sent.write(`${long}\n`)) return;
    }
    sent.end();
  };
  sent.on('drain', write);
  write();
  const answers = await response;
  answers.pause();

  let before = -1;
  // Waits until nothing moves any more, however slow the machine is.
  for (let still = 0; still < 10; ) {
    await sleep(100);
    still = written === before ? still + 1 : 0;
    before = written;
  }
  expect(written).toBeLessThan(total);

  let body = '';
  for await (const chunk of answers) body += String(chunk);
  const lines = linesOf({ body });
  expect([lines.length, lines.at(-1)?.line, written]).toEqual([total, total, total]);
});

test('a store that fails before the first answer is an answer of its own; later, the last line', async () => {
  const serving = await openServing('ndjson failing');
  const failing = Object.assign(new Error('away'), { code: '08006' });
  const { TelltaleError } = await import('@telltale/catalogue');
  const away = new TelltaleError('ConnectionFailed', 'PostgreSQL is away', {}, { cause: failing });
  const spy = vi.spyOn(serving.store, 'publishBatch').mockRejectedValueOnce(away);
  const refused = await publish(serving, `${line}\n`, ndjson);
  expect([refused.statusCode, refused.headers['retry-after'], refused.json()]).toEqual([
    503,
    expect.any(String),
    expect.objectContaining({ code: 'ConnectionFailed', retryable: true }),
  ]);

  const { request: sent, response } = await upload(serving);
  sent.write(`${line}\n`);
  const answers = (await response)[Symbol.asyncIterator]();
  const first = String((await answers.next()).value);
  spy.mockRejectedValue(away);
  sent.write(`${line}\n${line}\n`);
  const last = String((await answers.next()).value);
  spy.mockRestore();

  expect(JSON.parse(first)).toMatchObject({ line: 1, receipt: { status: 'stored' } });
  expect(linesOf({ body: last })).toMatchObject([{ line: 2, problem: { code: 'ConnectionFailed' } }]);
  expect((await answers.next()).done).toBe(true);
});
