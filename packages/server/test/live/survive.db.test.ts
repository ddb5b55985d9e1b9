/**
 * Nothing lost and nothing twice, whatever dies: writers publish into three logs while clients hang up at random, the
 * server is closed and opened elsewhere, and PostgreSQL is killed and started again. In the end every client has
 * exactly what the log has.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Event, EventInput } from '@telltale/catalogue';
import { type AnyEventStore, EventStore, migrate } from '@telltale/store';
import type { FastifyInstance } from 'fastify';
import { SignJWT } from 'jose';
import { expect, onTestFinished, test } from 'vitest';
import { startCluster } from '../../../../test/cluster.ts';
import { createDatabase } from '../../../../test/database.ts';
import { openServer } from '../../src/index.ts';
import { newDevice, numbered } from './following.ts';
import { SseReader } from './sse-reader.ts';

/** Deterministic, so that a failure can be run again. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return state / 0x7fff_ffff;
  };
}

/** A server that can be closed and opened again, with the same secret, at the same port. */
class RestartedServer {
  readonly #url: string;
  readonly #secret = randomBytes(32).toString('base64url');
  #app: FastifyInstance | undefined;
  #store: AnyEventStore | undefined;
  #port = 0;

  constructor(url: string) {
    this.#url = url;
  }

  get address(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  token(): Promise<string> {
    return new SignJWT({ roles: ['viewer'], tenant: 'acme' })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject('anna')
      .setExpirationTime('10m')
      .sign(new TextEncoder().encode(this.#secret));
  }

  async open(): Promise<void> {
    this.#store = openStore(this.#url);
    this.#app = await openServer({ store: this.#store, secret: this.#secret, audit: false, log: { level: 'silent' } });
    await this.#app.listen({ host: '127.0.0.1', port: this.#port });
    this.#port = (this.#app.server.address() as { port: number }).port;
  }

  async close(): Promise<void> {
    await this.#app?.close();
    await this.#store?.close();
    this.#app = undefined;
  }
}

function openStore(url: string): AnyEventStore {
  return new EventStore({ connection: url, worker: false, onWarning: () => undefined });
}

/** A client that connects again and again, behind the last id that it saw, until it is told to stop. */
class StubbornClient {
  readonly seen: string[] = [];
  readonly gaps: string[] = [];
  connections = 0;
  readonly #server: RestartedServer;
  readonly #path: string;
  readonly #random: () => number;
  /** Share of looks at which it hangs up, every 50 ms. */
  readonly #restless: number;
  #isStopping = false;
  #lastEventId: string | undefined;
  readonly ended: Promise<void>;

  constructor(server: RestartedServer, path: string, random: () => number, restless = 0.08) {
    this.#server = server;
    this.#path = path;
    this.#random = random;
    this.#restless = restless;
    this.ended = this.#run();
  }

  stop(): Promise<void> {
    this.#isStopping = true;
    return this.ended;
  }

  async #run(): Promise<void> {
    while (!this.#isStopping) {
      const token = await this.#server.token();
      const reader = new SseReader(`${this.#server.address}${this.#path}`, { token, lastEventId: this.#lastEventId });
      this.connections += 1;
      while (!this.#isStopping && !reader.closed) {
        await sleep(50);
        if (this.#lastEventId !== undefined && this.#random() < this.#restless) break;
        this.#lastEventId = reader.lastEventId;
        this.#take(reader);
      }
      reader.close();
      this.#take(reader);
      this.#lastEventId = reader.lastEventId;
    }
  }

  #take(reader: SseReader): void {
    this.seen.push(...reader.events.map(({ event_id: id }) => id));
    this.gaps.push(...reader.gaps.map(({ reason }) => reason));
    reader.messages.length = 0;
  }
}

const devices = Array.from({ length: 12 }, newDevice);

/** Publishes small batches of mixed devices until told to stop; every batch is tried until it is stored. */
async function write(store: AnyEventStore, random: () => number, isOver: () => boolean): Promise<void> {
  for (let number = 1; !isOver(); number += 1) {
    const batch = Array.from({ length: 1 + Math.floor(random() * 6) }, (): EventInput => {
      const tenant = random() < 0.8 ? 'acme' : 'umbrella';
      return {
        ...numbered(devices[Math.floor(random() * devices.length)] as string, number, tenant),
        event_id: newDevice(),
      };
    });
    await publish(store, batch, isOver);
    await sleep(5 + random() * 20);
  }
}

async function publish(store: AnyEventStore, batch: EventInput[], isOver: () => boolean): Promise<void> {
  for (;;) {
    try {
      await store.publishBatch(batch);
      return;
    } catch (error) {
      if (isOver()) throw error;
      await sleep(100);
    }
  }
}

interface Ordeal {
  readonly url: string;
  readonly seed: number;
  /** What happens meanwhile. */
  readonly meanwhile: (server: RestartedServer) => Promise<void>;
}

/** What each client saw is what the log has for it, each event once, each device in order. */
async function survive({ url, seed, meanwhile }: Ordeal): Promise<void> {
  const random = randomFrom(seed);
  const store = openStore(url);
  onTestFinished(() => store.close());
  await store.raiseLogCount(3);
  const server = new RestartedServer(url);
  await server.open();
  onTestFinished(() => server.close());
  const paths = ['/api/v1/events/stream', '/api/v1/events/stream', ...devices.slice(0, 3).map(streamOf)];
  const clients = paths.map((path) => new StubbornClient(server, path, random));
  // Everybody stands at the start of the log before it has anything to tell.
  await expect.poll(() => clients.every(({ connections }) => connections > 0)).toBe(true);
  await sleep(500);
  let isOver = false;
  const stores = [store, store, openStore(url), openStore(url)];
  onTestFinished(async () => void (await Promise.all(stores.map((other) => other.close()))));
  const writing = stores.map((writer) => write(writer, random, () => isOver));
  await meanwhile(server);
  isOver = true;
  await Promise.all(writing);

  const recorded = await readAll(store);
  const wanted = paths.map((path) => recorded.filter((event) => isOn(path, event)).map(({ event_id: id }) => id));
  await expect
    .poll(() => clients.map(({ seen }, index) => seen.length >= (wanted[index]?.length ?? 0)), { timeout: 20_000 })
    .toEqual(clients.map(() => true));
  await Promise.all(clients.map((client) => client.stop()));

  for (const [index, client] of clients.entries()) {
    expect(client.seen.toSorted()).toEqual((wanted[index] as string[]).toSorted());
    expect(client.gaps).toEqual([]);
    for (const device of devices) expect(ordered(client.seen, recorded, device)).toBe(true);
  }
  expect(clients.reduce((sum, { connections }) => sum + connections, 0)).toBeGreaterThan(clients.length);
}

const streamOf = (device: string): string => `/api/v1/devices/${device}/events/stream`;

const isOn = (path: string, event: Event): boolean =>
  event.tenant === 'acme' && (path === '/api/v1/events/stream' || path === streamOf(event.device_uuid ?? ''));

function ordered(seen: readonly string[], recorded: readonly Event[], device: string): boolean {
  const wanted = recorded.filter((event) => event.device_uuid === device).map(({ event_id: id }) => id);
  const place = new Map(wanted.map((id, index) => [id, index]));
  const places = seen.map((id) => place.get(id)).filter((index) => index !== undefined);
  return places.every((at, index) => index === 0 || at > (places[index - 1] as number));
}

async function readAll(store: AnyEventStore): Promise<Event[]> {
  const events: Event[] = [];
  for (let cursor: string | null = null; ; ) {
    const page = await store.readAll(cursor, {}, { limit: 5000 });
    events.push(...page.events);
    if (page.atHead) return events;
    cursor = page.cursor;
  }
}

test('clients that hang up at random, while four writers fill three logs, lose nothing and see nothing twice', async () => {
  const { url } = await createDatabase('live random');
  await survive({ url, seed: 1, meanwhile: () => sleep(4000) });
}, 60_000);

async function restartTwice(server: RestartedServer): Promise<void> {
  for (let round = 0; round < 2; round += 1) {
    await sleep(1000);
    await server.close();
    await sleep(200);
    await server.open();
  }
  await sleep(500);
}

test('neither do they when the server is closed and opened again', async () => {
  const { url } = await createDatabase('live restart');
  await survive({ url, seed: 2, meanwhile: restartTwice });
}, 60_000);

test('nor when PostgreSQL is killed, the server restarted, and clients hang up, in turn and under load', async () => {
  const cluster = await startCluster();
  await migrate(cluster.url);
  const meanwhile = async (server: RestartedServer): Promise<void> => {
    await sleep(800);
    await cluster.kill();
    await sleep(300);
    await cluster.restart();
    await sleep(800);
    await server.close();
    await server.open();
    await sleep(300);
    await cluster.kill();
    await cluster.restart();
    await sleep(1500);
  };
  await survive({ url: cluster.url, seed: 3, meanwhile });
}, 90_000);
