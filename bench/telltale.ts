/** Ours, through the public API alone: every way in, each timed until the log has all that was acknowledged. */
import { readFile } from 'node:fs/promises';
import type { EventInput } from '@telltale/catalogue';
import { type CustomEvents, EventStore, migrate } from '@telltale/store';
import type { Client } from 'pg';
import { Connections } from './connection.ts';
import { type Contender, feed, type Session, type Shape } from './contender.ts';
import { parameters } from './function-call.ts';

/** Any type by name, as a program that forwards the events of others has it. */
type Store = EventStore<CustomEvents>;

type Open = (store: Store, url: string, shape: Shape) => Promise<Session>;

const read = (name: string): Promise<string> => readFile(new URL(`sql/${name}.sql`, import.meta.url), 'utf8');

async function setup(url: string): Promise<void> {
  await migrate(url);
}

async function measure(client: Client, events: number): Promise<Record<string, number>> {
  const { rows } = await client.query<Record<string, string>>(await read('telltale-size'));
  const size = Object.entries(rows[0] ?? {}).map(
    ([part, bytes]) => [part, Math.round(Number(bytes) / events)] as const,
  );
  const parts = Object.fromEntries(size);
  return { events: (parts['heap'] ?? 0) + (parts['indexes'] ?? 0), ...parts };
}

/** `worker`: whether what is built behind the log is built meanwhile; design §12 counts it apart. */
function contender(name: string, open: Open, worker = false): Contender {
  return {
    name: `telltale ${name}`,
    setup,
    measure,
    async open(url, shape) {
      const store = new EventStore<CustomEvents>({ connection: url, worker });
      if ((shape.logs ?? 1) > 1) await store.raiseLogCount(shape.logs ?? 1);
      const session = await open(store, url, shape);
      return {
        run: (events) => session.run(events),
        async close() {
          await session.close();
          await store.close();
        },
      };
    },
  };
}

const nothing = (): Promise<void> => Promise.resolve();

export const publishBatch = contender('publishBatch', async (store, _url, shape) => ({
  run: (events) => feed(events, shape, (batch) => store.publishBatch(batch)),
  close: nothing,
}));

/** As publishBatch, until every worker behind the log has nothing left to do. */
export const everything = contender(
  'everything',
  async (store, _url, shape) => ({
    async run(events) {
      await feed(events, shape, (batch) => store.publishBatch(batch));
      await store.drainInbox();
      await store.index();
      await store.keepHouse();
    },
    close: nothing,
  }),
  true,
);

/** One event a call; calls that wait at the same time share a statement. */
export const publish = contender('publish', async (store, _url, shape) => ({
  run: (events) => feed(events, shape, (batch) => Promise.all(batch.map((event) => store.publish(event)))),
  close: nothing,
}));

/** Sends each event over the caller's own connection and waits, at the end, until the inbox is moved to the log. */
async function overInbox(
  { store, url, shape }: { store: Store; url: string; shape: Shape },
  send: (client: Client, event: EventInput) => Promise<unknown>,
): Promise<Session> {
  const connections = await Connections.open(url, shape.callers);
  return {
    async run(events) {
      await feed(events, shape, async (batch, caller) => {
        for (const event of batch) await send(connections.of(caller), event);
      });
      await store.drainInbox();
    },
    close: () => connections.close(),
  };
}

export const transactional = contender('transactional publish', (store, url, shape) =>
  overInbox({ store, url, shape }, async (client, event) => {
    await client.query('begin');
    await store.publish(event, { transaction: client });
    await client.query('commit');
  }),
);

export const sqlFunction = contender('SQL publish_event', async (store, url, shape) => {
  const text = await read('telltale-publish-event');
  return overInbox({ store, url, shape }, (client, event) =>
    client.query({ name: 'publish', text, values: parameters(event) }),
  );
});
