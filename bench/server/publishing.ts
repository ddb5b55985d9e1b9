/** A process that publishes over HTTP, batches of 500 or NDJSON, as fast as it is taken; says how it went. */
import { EventEmitter, once } from 'node:events';
import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import { benchEvents } from '../event.ts';

export interface PublishingOptions {
  readonly address: string;
  readonly token: string;
  readonly form: 'batch' | 'ndjson';
  readonly connections: number;
  readonly seconds: number;
}

export interface PublishingReport {
  readonly published: number;
  readonly seconds: number;
  readonly p99_ms: number;
  /** Requests, or lines of NDJSON, that were not stored. */
  readonly failures: number;
}

/** Events that are made before; their text is cycled through, so that making it costs no part of the machine. */
const prepared = 20_000;
const seed = 7;

const { address, token, form, connections, seconds } = JSON.parse(process.argv[2] ?? '') as PublishingOptions;
const path = new URL('/api/v1/events', address);
const agent = new Agent({ keepAlive: true, maxSockets: connections });
const authorization = `Bearer ${token}`;
const size = 500;
const problem = Buffer.from('"problem":{');
const times: number[] = [];
let failures = 0;
let refused = 0;
const end = performance.now() + seconds * 1000;

const texts = benchEvents(prepared, seed).map((event) => JSON.stringify({ ...event, timestamp: undefined }));
const cut = (join: (lines: readonly string[]) => string): Buffer[] =>
  Array.from({ length: Math.floor(prepared / size) }, (_, index) =>
    Buffer.from(join(texts.slice(index * size, (index + 1) * size))),
  );

function post(type: string): ClientRequest {
  return request(path, { method: 'POST', agent, headers: { authorization, 'content-type': type } });
}

/** The body of a reply, read to its end; whether it was a success. */
async function send(body: Buffer): Promise<boolean> {
  const call = post('application/json');
  call.setHeader('content-length', body.length);
  call.end(body);
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  response.resume();
  await once(response, 'end');
  return response.statusCode === 201;
}

async function timed(work: Promise<boolean>): Promise<void> {
  const started = performance.now();
  if (await work) times.push(performance.now() - started);
  else failures += 1;
}

async function publishBatches(first: number, bodies: readonly Buffer[]): Promise<void> {
  for (let next = first; performance.now() < end; next += connections)
    await timed(send(bodies[next % bodies.length] as Buffer));
}

/** Lines of an answer, which may be waited for. */
class Lines {
  readonly #seen = new EventEmitter();
  #count = 0;
  /** Of lines that were not stored. */
  refused = 0;

  add(bytes: Buffer): void {
    for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) this.#count += 1;
    for (let at = bytes.indexOf(problem); at >= 0; at = bytes.indexOf(problem, at + 1)) this.refused += 1;
    this.#seen.emit('lines');
  }

  async reach(count: number): Promise<void> {
    while (this.#count < count) await once(this.#seen, 'lines');
  }
}

/** One upload: 500 lines, their 500 answers, and again. */
async function publishLines(first: number, bodies: readonly Buffer[]): Promise<void> {
  const call = post('application/x-ndjson');
  const lines = new Lines();
  call.on('response', (response: IncomingMessage) => response.on('data', (bytes: Buffer) => lines.add(bytes)));
  for (let next = first, sent = size; performance.now() < end; next += connections, sent += size) {
    const started = performance.now();
    call.write(bodies[next % bodies.length]);
    await lines.reach(sent);
    times.push(performance.now() - started);
  }
  call.end();
  refused += lines.refused;
}

const started = performance.now();
const isBatch = form === 'batch';
const bodies = cut((lines) => (isBatch ? `[${lines.join(',')}]` : `${lines.join('\n')}\n`));
const publish = isBatch ? publishBatches : publishLines;
await Promise.all(Array.from({ length: connections }, (_, number) => publish(number, bodies)));
times.sort((one, other) => one - other);
process.send?.({
  published: times.length * size - refused,
  seconds: (performance.now() - started) / 1000,
  p99_ms: times[Math.floor(times.length * 0.99)] ?? 0,
  failures: failures + refused,
} satisfies PublishingReport);
agent.destroy();
process.disconnect();
