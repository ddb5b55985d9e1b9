/**
 * Live streams under load: publisher, server and clients in processes of their own, as they would be. Delivery is the
 * time from the call of `publish` to the bytes at the client, by one clock.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { issueToken, openServer } from '@telltale/server';
import { type AnyEventStore, EventStore } from '@telltale/store';
import { deviceEvent } from './live-event.ts';

export interface LiveLoad {
  /** A migrated database. */
  readonly url: string;
  /** Streams of one device each. */
  readonly clients: number;
  /** Streams of the whole fleet, beside them. Default 10. */
  readonly fleet?: number;
  /** Fleet streams that take nothing, beside those. Default 0. */
  readonly stalled?: number;
  /** Default 5,000. */
  readonly eventsPerSecond?: number;
  /** Default 20. */
  readonly seconds?: number;
}

export interface LiveFigures {
  readonly clients: number;
  /** Published. */
  readonly events_per_s: number;
  readonly delivery_p50_ms: number;
  readonly delivery_p99_ms: number;
  /** Of the server's memory, for each idle stream. */
  readonly kb_per_client: number;
  /** Deliveries to all clients together. */
  readonly deliveries_per_s: number;
  /** Of one core, that the server took. */
  readonly server_cpu: number;
  readonly server_rss_mb: number;
}

interface Memory {
  readonly rss: number;
  readonly cpu: number;
}

interface Deliveries {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
}

export async function measureLive(load: LiveLoad): Promise<LiveFigures> {
  const { url, clients, fleet = 10, stalled = 0, eventsPerSecond = 5000, seconds = 20 } = load;
  const secret = randomBytes(32).toString('base64url');
  const devices = Array.from({ length: clients }, () => randomUUID());
  const server = start('server');
  const readers = start('readers');
  const publisher = start('publisher');
  try {
    const port = await ask<number>(server, { url, secret });
    const empty = await ask<Memory>(server, 'memory');
    await ask(readers, { port, secret, devices, fleet, stalled });
    const idle = await ask<Memory>(server, 'memory');
    // The first second makes code warm and partitions ready; it is not counted.
    await ask(publisher, { url, devices, eventsPerSecond, seconds: 1 });
    await ask(readers, 'reset');
    const before = await ask<Memory>(server, 'memory');
    const began = performance.now();
    const published = await ask<number>(publisher, { url, devices, eventsPerSecond, seconds });
    const elapsed = (performance.now() - began) / 1000;
    const after = await ask<Memory>(server, 'memory');
    const { count, p50, p99 } = await ask<Deliveries>(readers, 'figures');
    return {
      clients,
      events_per_s: Math.round(published / elapsed),
      delivery_p50_ms: p50,
      delivery_p99_ms: p99,
      kb_per_client: Math.round((idle.rss - empty.rss) / 1024 / (clients + fleet + stalled)),
      deliveries_per_s: Math.round(count / elapsed),
      server_cpu: Math.round(((after.cpu - before.cpu) / 1e6 / elapsed) * 100) / 100,
      server_rss_mb: Math.round(after.rss / 2 ** 20),
    };
  } finally {
    for (const child of [publisher, readers, server]) child.kill('SIGKILL');
  }
}

function start(part: keyof typeof parts): ChildProcess {
  return fork(fileURLToPath(import.meta.url), [part], { serialization: 'advanced' });
}

/** Sends a child its task, and waits for the answer. */
async function ask<Answer>(child: ChildProcess, task: unknown): Promise<Answer> {
  const ended = new AbortController();
  const died = once(child, 'exit', { signal: ended.signal }).then(([code]) => {
    throw new Error(`expected a process that goes on (found: it ended with ${String(code)})`);
  });
  died.catch(() => undefined);
  child.send(task as object);
  const [answer] = (await Promise.race([once(child, 'message'), died])) as [Answer];
  ended.abort();
  return answer;
}

function answerWith(work: (task: never) => Promise<unknown>): void {
  process.on('message', (task) => {
    void work(task as never).then((answer) => process.send?.(answer ?? null));
  });
}

function serveStreams(): void {
  answerWith(async (task: 'memory' | { url: string; secret: string }) => {
    if (task === 'memory') {
      globalThis.gc?.();
      const { user, system } = process.cpuUsage();
      return { rss: process.memoryUsage().rss, cpu: user + system };
    }
    const store: AnyEventStore = new EventStore({ connection: task.url, worker: false });
    const live = { streamsPerToken: 100_000 };
    const app = await openServer({ store, secret: task.secret, live, audit: false, log: { level: 'silent' } });
    await app.listen({ host: '127.0.0.1', port: 0, backlog: 4096 });
    return (app.server.address() as { port: number }).port;
  });
}

interface Reading {
  readonly port: number;
  readonly secret: string;
  readonly devices: readonly string[];
  readonly fleet: number;
  readonly stalled: number;
}

/** Connections opened at once. */
const opening = 100;

function readStreams(): void {
  let delays: number[] = [];
  const note = (chunk: Buffer): void => {
    for (const sent of timesIn(chunk)) delays.push(Date.now() - sent);
  };
  answerWith(async (task: 'reset' | 'figures' | Reading) => {
    if (task === 'reset') {
      delays = [];
      return null;
    }
    if (task === 'figures') return figuresOf(delays);
    const { port, secret, devices, fleet, stalled } = task;
    const token = await issueToken(secret, { subject: 'bench', roles: ['admin'], tenant: 'acme' });
    const paths = devices.map((device) => `/api/v1/devices/${device}/events/stream`);
    for (let first = 0; first < paths.length; first += opening) {
      await Promise.all(paths.slice(first, first + opening).map((path) => openStream(port, path, token, note)));
    }
    const whole = '/api/v1/events/stream';
    await Promise.all(Array.from({ length: fleet }, () => openStream(port, whole, token, note)));
    const held = await Promise.all(Array.from({ length: stalled }, () => openStream(port, whole, token, note)));
    for (const socket of held) socket.pause();
    return null;
  });
}

function openStream(port: number, path: string, token: string, onChunk: (chunk: Buffer) => void): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.on('error', reject);
    socket.once('data', (head) => {
      if (!head.includes('200 OK')) {
        reject(new Error(`expected a stream (found: ${String(head).slice(0, 300)})`));
        return;
      }
      socket.on('data', onChunk);
      resolve(socket);
    });
    socket.write(`GET ${path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer ${token}\r\n\r\n`);
  });
}

const mark = Buffer.from('"note":"sent ');
/** Digits of a time in milliseconds. */
const digits = 13;

/** When the events of a chunk were published: they say so themselves. */
function* timesIn(chunk: Buffer): Generator<number> {
  for (let at = chunk.indexOf(mark); at >= 0; at = chunk.indexOf(mark, at + mark.length)) {
    const from = at + mark.length;
    if (from + digits <= chunk.length) yield Number(chunk.toString('latin1', from, from + digits));
  }
}

function figuresOf(delays: number[]): Deliveries {
  const sorted = Float64Array.from(delays).sort();
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { count: sorted.length, p50: at(0.5), p99: at(0.99) };
}

interface Publishing {
  readonly url: string;
  readonly devices: readonly string[];
  readonly eventsPerSecond: number;
  readonly seconds: number;
}

/** Milliseconds between two batches. */
const beat = 10;

function publishEvents(): void {
  let store: AnyEventStore | undefined;
  answerWith(async ({ url, devices, eventsPerSecond, seconds }: Publishing) => {
    store ??= new EventStore({ connection: url, worker: false }) as AnyEventStore;
    const publisher = store;
    const began = performance.now();
    const underWay: Promise<unknown>[] = [];
    let sent = 0;
    while (performance.now() - began < seconds * 1000) {
      const due = Math.floor(((performance.now() - began) / 1000) * eventsPerSecond) - sent;
      if (due > 0) {
        const now = Date.now();
        const batch = Array.from({ length: Math.min(due, 500) }, (_, index) => {
          const number = sent + index;
          return deviceEvent(devices[(number * 7919) % devices.length] as string, number, now);
        });
        sent += batch.length;
        underWay.push(publisher.publishBatch(batch));
      }
      await new Promise((resolve) => setTimeout(resolve, beat));
    }
    await Promise.all(underWay);
    // What is on its way still arrives, and counts.
    await new Promise((resolve) => setTimeout(resolve, 500));
    return sent;
  });
}

const parts = { server: serveStreams, readers: readStreams, publisher: publishEvents } as const;

if (process.send !== undefined && process.argv[1] === fileURLToPath(import.meta.url)) {
  parts[process.argv[2] as keyof typeof parts]();
}
