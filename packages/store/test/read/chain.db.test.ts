/** A chain leads from any event to its root and to all that followed, and says why a link is missing. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EventInput } from '@telltale/catalogue';
import { beforeAll, describe, expect, test } from 'vitest';
import { newestVersion, useDatabase } from '../../../../test/database.ts';
import { Registry } from '../../src/catalogue/registry.ts';
import type { Database } from '../../src/database/database.ts';
import { makeEventId } from '../../src/event/uuid.ts';
import { EventStore, openDatabase } from '../../src/index.ts';
import { type ChainOptions, type EventChain, getEventChain } from '../../src/read/chain.ts';
import { RowReader } from '../../src/read/event-row.ts';
import { sampleOf } from '../sql/sample.ts';
import { ask, openStore } from '../sql/session.ts';
import { publishHistory, startWriters } from './device-history.ts';
import { inOrder, inSnapshot, type Row } from './oracle.ts';

/** `id depth parent why`, with the last only for what is missing. */
const lines = (chain: EventChain, nameOf: (id: string | null) => string): string[] =>
  chain.nodes.map((node) =>
    [nameOf(node.event_id), node.depth, nameOf(node.parent), node.missing?.reason ?? ''].join(' ').trim(),
  );

const tenant = (id: string): Partial<EventInput> => ({ metadata: { tenant: { id, name: id } } });

describe.each(newestVersion())('on PostgreSQL %i', (version) => {
  const database = useDatabase('chain', { version });
  const device = randomUUID();
  let session: Database;

  beforeAll(() => {
    session = openDatabase(database.url, { connections: 2, role: 'telltale_application' });
    return () => session.close();
  });

  const chainOf = (id: string, options: ChainOptions = {}) =>
    getEventChain(session, new RowReader(new Registry()), id, options);

  /** Publishes events named by letters: `b: 'a'` is b, caused by a. */
  async function publish(
    causes: Record<string, string | null>,
    more: (name: string) => Partial<EventInput> = () => ({}),
  ): Promise<{ idOf: (name: string) => string; nameOf: (id: string | null) => string }> {
    const ids = new Map<string, string>();
    const idOf = (name: string): string => {
      const id = ids.get(name) ?? makeEventId();
      ids.set(name, id);
      return id;
    };
    for (const [name, cause] of Object.entries(causes)) {
      const causation = cause === null ? {} : { causation_id: idOf(cause) };
      await openStore(database.url).publishBatch([
        sampleOf('important', device, { event_id: idOf(name), ...causation, ...more(name) }),
      ]);
    }
    const names = new Map([...ids].map(([name, id]) => [id, name]));
    return { idOf, nameOf: (id) => (id === null ? '-' : (names.get(id) ?? id)) };
  }

  test('from the root down to the event, then all that followed, children in order of time', async () => {
    const { idOf, nameOf } = await publish({ a: null, b: 'a', x: 'a', c: 'b', d: 'c', e: 'b', f: 'c' });
    const chain = await chainOf(idOf('b'));

    expect(lines(chain, nameOf)).toEqual(['a 0 -', 'b 1 a', 'c 2 b', 'd 3 c', 'f 3 c', 'e 2 b']);
    expect(chain).toMatchObject({ event_id: idOf('b'), truncated: false });
    expect(chain.nodes.map((node) => node.event?.event_id)).toEqual(chain.nodes.map((node) => node.event_id));
  });

  test('a circle is followed once, from wherever it is entered', async () => {
    const { idOf, nameOf } = await publish({ a: 'c', b: 'a', c: 'b', self: 'self' });

    expect(lines(await chainOf(idOf('c')), nameOf)).toEqual(['a 0 -', 'b 1 a', 'c 2 b']);
    expect(lines(await chainOf(idOf('self')), nameOf)).toEqual(['self 0 -']);
  });

  test('a cause that was never recorded is a node of its own, and what it caused is found by it', async () => {
    const { idOf, nameOf } = await publish({ b: 'gone', c: 'gone' });

    expect(lines(await chainOf(idOf('b')), nameOf)).toEqual(['gone 0 - not_recorded', 'b 1 gone']);
    expect(lines(await chainOf(idOf('gone')), nameOf)).toEqual(['gone 0 - not_recorded', 'b 1 gone', 'c 1 gone']);
  });

  test('what belongs to another tenant is said to, and nothing else of it is told', async () => {
    const { idOf, nameOf } = await publish({ root: null, a: 'root', b: 'a', c: 'a' }, (name) =>
      tenant(name === 'b' ? 'acme' : 'umbrella'),
    );
    const own = await chainOf(idOf('b'), { tenant: 'acme' });

    expect(lines(own, nameOf)).toEqual(['a 0 - other_tenant', 'b 1 a']);
    expect(own.nodes[0]).toEqual({
      event_id: idOf('a'),
      event: null,
      missing: { reason: 'other_tenant' },
      depth: 0,
      parent: null,
    });
    expect(lines(await chainOf(idOf('a'), { tenant: 'umbrella' }), nameOf)).toEqual(['root 0 -', 'a 1 root', 'c 2 a']);
    expect(lines(await chainOf(idOf('b')), nameOf)).toEqual(['root 0 -', 'a 1 root', 'b 2 a']);
  });

  test('an event recorded long before or after the time in its id is found all the same', async () => {
    const old = '01234567-89ab-7000-8000-000000000001';
    const late = 'ffffffff-ffff-7000-8000-000000000001';
    await publish({ [old]: null }, () => ({ event_id: old }));
    await publish({ [late]: null }, () => ({ event_id: late, causation_id: old }));

    expect(lines(await chainOf(late), String)).toEqual([`${old} 0 null`, `${late} 1 ${old}`]);
  });

  test('the bound is kept, upward and downward, and said', async () => {
    const names = Array.from({ length: 12 }, (_, index) => `n${index}`);
    const { idOf, nameOf } = await publish(
      Object.fromEntries(names.map((name, index) => [name, index === 0 ? null : `n${index - 1}`])),
    );

    expect(await chainOf(idOf('n0'), { limit: 12 })).toMatchObject({ truncated: false });
    expect(await chainOf(idOf('n0'), { limit: 11 })).toMatchObject({ truncated: true, nodes: { length: 11 } });
    expect(lines(await chainOf(idOf('n11'), { limit: 3 }), nameOf)).toEqual(['n9 0 -', 'n10 1 n9', 'n11 2 n10']);
    expect(await chainOf(idOf('n11'), { limit: 3 })).toMatchObject({ truncated: true });
  });
});

/** All that followed from an event, itself left out. */
function effectsOf(id: string, children: ReadonlyMap<string | null, Row[]>, known = new Set([id])): string[] {
  return (children.get(id) ?? []).flatMap((row) => {
    if (known.has(row.event_id)) return [];
    known.add(row.event_id);
    return [row.event_id, ...effectsOf(row.event_id, children, known)];
  });
}

describe('beside writers and behind a floor', () => {
  const database = useDatabase('chain_history');
  const base = Date.now();
  let ids: string[];

  beforeAll(async () => {
    ids = await publishHistory(database.url, base, 900);
    // Most of them in a stored segment, the rest behind it.
    const store = new EventStore({ connection: database.url, worker: false });
    await store.index();
    await store.close();
  });

  test('every chain is what a scan of the same snapshot says, while sixteen writers publish', async () => {
    const stop = startWriters(database.url, 16, base, ids);
    await sleep(300);
    await inSnapshot(database.url, async ({ session, reader, rows }) => {
      const children = new Map<string | null, Row[]>();
      for (const row of inOrder(rows)) children.set(row.causation_id, [...(children.get(row.causation_id) ?? []), row]);
      const byId = new Map(rows.map((row) => [row.event_id, row]));
      for (const { event_id: id } of rows.filter((_, index) => index % Math.ceil(rows.length / 25) === 0)) {
        const causes: string[] = [];
        for (
          let next = byId.get(id)?.causation_id ?? null;
          next !== null;
          next = byId.get(next)?.causation_id ?? null
        ) {
          causes.unshift(next);
        }
        const chain = await getEventChain(session, reader, id, { limit: 10_000 });

        expect(chain.nodes.map((node) => node.event_id)).toEqual([...causes, id, ...effectsOf(id, children)]);
        expect(chain.nodes.map((node) => node.event !== null)).toEqual(
          chain.nodes.map((node) => byId.has(node.event_id)),
        );
      }
    });
    await stop();
  });

  test('a cause below a floor has expired', async () => {
    // Of a version 7 the time in the id tells; the ids of the history are of version 4, so that the effect's time does.
    const [floor] = await ask<{ time: Date }>(database.url, 'select max(recorded_at) as time from telltale.log_floors');
    const old = `${(Number(floor?.time) - 1000)
      .toString(16)
      .padStart(12, '0')
      .replace(/^(.{8})/, '$1-')}-7000-8000-000000000001`;
    const child = randomUUID();
    await openStore(database.url, { clockBound: '100 years' }).publish(
      sampleOf('important', randomUUID(), { event_id: child, causation_id: old }),
    );

    await inSnapshot(database.url, async ({ session, reader }) => {
      expect((await getEventChain(session, reader, child)).nodes).toMatchObject([
        { event_id: old, missing: { reason: 'expired' } },
        { event_id: child, missing: null },
      ]);
    });
  });
});
