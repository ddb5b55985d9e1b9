/**
 * Nothing lost and nothing twice, whatever dies: writers publish into three logs while clients of both kinds hang up at
 * random, the server is closed or killed and opened anew, and PostgreSQL is killed and started again. In the end every
 * client has exactly what the log has.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Event, EventInput } from '@telltale/catalogue';
import { type AnyEventStore, EventStore, migrate } from '@telltale/store';
import { expect, onTestFinished, test } from 'vitest';
import { startCluster } from '../../../../test/cluster.ts';
import { createDatabase } from '../../../../test/database.ts';
import { newDevice, numbered } from './following.ts';
import { ProcessServer, type RestartedServer, ServerInTest } from './restarted-server.ts';
import { StubbornClient } from './stubborn-client.ts';

/** Deterministic, so that a failure can be run again. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return state / 0x7fff_ffff;
  };
}

function openStore(url: string): AnyEventStore {
  return new EventStore({ connection: url, worker: false, onWarning: () => undefined });
}

const devices = Array.from({ length: 12 }, newDevice);

/** Two of the fleet and three of a device, of both kinds. */
const paths = [
  '/api/v1/events/stream',
  '/api/v1/events/ws',
  ...['stream', 'ws', 'stream'].map((kind, index) => `/api/v1/devices/${devices[index]}/events/${kind}`),
];

const isOn = (path: string, event: Event): boolean =>
  event.tenant === 'acme' && (!path.includes('/devices/') || path.includes(event.device_uuid ?? ''));

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
  readonly server: RestartedServer;
  /** What happens meanwhile. */
  readonly meanwhile: () => Promise<void>;
}

/** What each client saw is what the log has for it, each event once, each device in order. */
async function survive({ url, seed, server, meanwhile }: Ordeal): Promise<void> {
  const random = randomFrom(seed);
  const store = openStore(url);
  onTestFinished(() => store.close());
  await store.raiseLogCount(3);
  await server.open();
  const clients = paths.map((path) => new StubbornClient(server, path, random));
  // Everybody stands at the start of the log before it has anything to tell.
  await expect.poll(() => clients.every(({ connections }) => connections > 0)).toBe(true);
  await sleep(500);
  let isOver = false;
  const stores = [store, store, openStore(url), openStore(url)];
  onTestFinished(async () => void (await Promise.all(stores.map((other) => other.close()))));
  const writing = stores.map((writer) => write(writer, random, () => isOver));
  await meanwhile();
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
  await survive({ url, seed: 1, server: new ServerInTest(url), meanwhile: () => sleep(4000) });
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
  const server = new ServerInTest(url);
  await survive({ url, seed: 2, server, meanwhile: () => restartTwice(server) });
}, 60_000);

test('nor when its process is killed without a word', async () => {
  const { url } = await createDatabase('live killed');
  const server = new ProcessServer(url);
  await survive({ url, seed: 4, server, meanwhile: () => restartTwice(server) });
}, 60_000);

test('nor when PostgreSQL is killed, the server restarted, and clients hang up, in turn and under load', async () => {
  const cluster = await startCluster();
  await migrate(cluster.url);
  const server = new ServerInTest(cluster.url);
  const meanwhile = async (): Promise<void> => {
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
  await survive({ url: cluster.url, seed: 3, server, meanwhile });
}, 90_000);
