/** Invariant 5: expectedVersion is honoured, one writer wins each version, and the loser hears what was expected and found. */
import type { EventInput, Receipt, TelltaleError } from '@telltale/catalogue';
import { type AnyEventStore, dropPartition, listPartitions, openDatabase } from '@telltale/store';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { createDatabase, useDatabase } from '../../../../test/database.ts';
import { findViolations } from './check.ts';
import { setClock } from './clock.ts';
import { deviceOf, eventOf, jobEventOf } from './fleet.ts';
import { openSession } from './session.ts';
import { openStore } from './store.ts';

const database = useDatabase('expected version');

let job = '';
let number = 0;
beforeEach(() => {
  number += 1;
  job = `job ${number}`;
});

type Version = number | 'none' | 'exists';

interface Race {
  readonly winners: Receipt[];
  readonly losers: TelltaleError[];
}

/** Sixteen writers at once, over four stores. */
async function race(
  stores: readonly AnyEventStore[],
  expectedVersion: Version,
  make: (n: number) => EventInput,
): Promise<Race> {
  const settled = await Promise.allSettled(
    Array.from({ length: 16 }, (_, writer) =>
      (stores[writer % stores.length] as AnyEventStore).publish(make(writer), { expectedVersion }),
    ),
  );
  return {
    winners: settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])),
    losers: settled.flatMap((one) => (one.status === 'rejected' ? [one.reason as TelltaleError] : [])),
  };
}

const ownEvent = (writer: number): EventInput => jobEventOf(job, `${writer}`);

const answerOf = ({ code, place }: TelltaleError): string =>
  `${code}: expected ${String(place.expected)}, found ${String(place.found)}`;

const fourStores = (url: string): AnyEventStore[] => [1, 2, 3, 4].map(() => openStore(url, { connections: 3 }));

describe('sixteen writers on one stream', () => {
  test('have one winner for each exact version, and fifteen who hear expected and found', async () => {
    const stores = fourStores(database.url);

    for (const [version, expectedVersion] of (['none', 1, 2, 3, 4] as const).entries()) {
      const { winners, losers } = await race(stores, expectedVersion, ownEvent);

      expect(winners).toMatchObject([{ stream_version: version + 1 }]);
      expect(losers.map(answerOf)).toEqual(
        Array(15).fill(`VersionConflict: expected ${version}, found ${version + 1}`),
      );
    }
  });

  test('all win where the stream must only exist, and all lose where it does not', async () => {
    const stores = fourStores(database.url);

    const before = await race(stores, 'exists', ownEvent);
    await stores[0]?.publish(ownEvent(0), { expectedVersion: 'none' });
    const after = await race(stores, 'exists', ownEvent);

    expect(before.losers.map(answerOf)).toEqual(Array(16).fill('VersionConflict: expected -1, found 0'));
    expect(
      after.winners.map((receipt) => (receipt as { stream_version: number }).stream_version).sort(byNumber),
    ).toEqual(Array.from({ length: 16 }, (_, index) => index + 2));
  });

  test('have one winner for each version also when their events go to different logs', async () => {
    const { url } = await createDatabase('one stream in four logs');
    const stores = fourStores(url);
    await stores[0]?.raiseLogCount(4);

    for (let version = 0; version < 4; version++) {
      const { winners, losers } = await race(stores, version, (writer) =>
        jobEventOf(job, `${writer}`, deviceOf(writer)),
      );

      expect(winners).toMatchObject([{ stream_version: version + 1 }]);
      expect(losers.map((error) => error.code)).toEqual(Array(15).fill('VersionConflict'));
    }
    expect(await findViolations(await openSession(url))).toEqual([]);
  });

  test('who read again after each conflict lose nothing', async () => {
    const stores = fourStores(database.url);
    const count = async (store: AnyEventStore, writer: number): Promise<void> => {
      for (let turn = 0, version = 0; turn < 5; ) {
        try {
          await store.publish(jobEventOf(job, `${writer}:${turn}`), { expectedVersion: version });
          turn += 1;
          version += 1;
        } catch (error) {
          version = (error as TelltaleError).place.found as number;
        }
      }
    };

    await Promise.all(Array.from({ length: 8 }, (_, writer) => count(stores[writer % 4] as AnyEventStore, writer)));

    const { events } = await openStore(database.url).readStream({ aggregateType: 'job', aggregateId: job });
    expect(events.map((event) => event.stream_version)).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
    expect(new Set(events.map((event) => event.metadata['call'])).size).toBe(40);
  });
});

const byNumber = (one: number, other: number): number => one - other;

describe('calls of one turn, which share statements,', () => {
  test('each get the version that they expected, or a conflict', async () => {
    const store = openStore(database.url);
    const expectations: (Version | undefined)[] = ['none', 1, undefined, 3, 'exists', undefined, 6, 6, 2, 'none'];

    const settled = await Promise.allSettled(
      expectations.map((expectedVersion, call) =>
        store.publish(jobEventOf(job, `${call}`), expectedVersion === undefined ? {} : { expectedVersion }),
      ),
    );

    const versions = settled.map((one) =>
      one.status === 'fulfilled' ? (one.value as { stream_version: number }).stream_version : undefined,
    );
    const stored = versions.filter((version) => version !== undefined);
    expect(stored.toSorted(byNumber)).toEqual(stored.map((_, index) => index + 1));
    for (const [call, expected] of expectations.entries()) {
      const version = versions[call];
      if (expected === undefined) expect(version).toBeDefined();
      if (version !== undefined && typeof expected === 'number') expect(version).toBe(expected + 1);
      if (version !== undefined && expected === 'none') expect(version).toBe(1);
    }
  });

  test('do not lose because a neighbour of their statement does', async () => {
    const store = openStore(database.url);
    const calls = [
      store.publish(eventOf(deviceOf(number), 'neighbour')),
      store.publishBatch([jobEventOf(job, 'a'), jobEventOf(job, 'b')], { expectedVersion: 7 }),
      store.publish(jobEventOf(`${job} other`, 'c'), { expectedVersion: 'none' }),
    ];

    const settled = await Promise.allSettled(calls);

    expect(settled.map((one) => one.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    const { events } = await store.readStream({ aggregateType: 'job', aggregateId: job });
    expect(events).toEqual([]);
  });
});

describe('a stream', () => {
  test('keeps its version when the ledger is thinned', async () => {
    const store = openStore(database.url);
    const session = await openSession(database.url);
    for (let version = 0; version < 5; version++) {
      await store.publish(jobEventOf(job, `${version}`), { expectedVersion: version });
    }

    await store.keepHouse();

    const rows = `select version::int from telltale.stream_versions where aggregate_id = $1`;
    expect(await session.ask(rows, [job])).toEqual([{ version: 5 }]);
    await expect(store.publish(jobEventOf(job, 'x'), { expectedVersion: 'none' })).rejects.toMatchObject({
      code: 'VersionConflict',
      place: { expected: 0, found: 5 },
    });
    expect(await store.publish(jobEventOf(job, '5'), { expectedVersion: 5 })).toMatchObject({ stream_version: 6 });
  });

  test('keeps its version when retention has dropped all its events', async () => {
    const { url } = await createDatabase('a stream without events');
    const [store, session] = [openStore(url, { clockBound: '1000 years' }), await openSession(url)];
    const maintenance = openDatabase(url, { role: 'telltale_maintenance' });
    onTestFinished(() => maintenance.close());
    const progress = { ...jobEventOf(job, 'old'), event_type: 'job.progress', data: { job_id: job, progress: 40 } };
    await setClock(session, '-2 days');
    await store.publishBatch([progress, progress]);
    await setClock(session, '0');
    await store.keepHouse();
    const [oldest] = (await listPartitions(maintenance)).filter((partition) => partition.tier === 'debug');
    await dropPartition(maintenance, oldest?.name ?? '');

    await store.keepHouse();

    expect((await store.readStream({ aggregateType: 'job', aggregateId: job })).events).toEqual([]);
    await expect(store.publish(progress, { expectedVersion: 'none' })).rejects.toMatchObject({ place: { found: 2 } });
    expect(await store.publish(progress, { expectedVersion: 2 })).toMatchObject({ stream_version: 3 });
  });

  test('of another tenant counts for itself', async () => {
    const store = openStore(database.url);
    const event = jobEventOf(job, 'a');
    const foreign = { ...event, metadata: { ...event.metadata, tenant: { id: 'acme', name: 'Acme' } } };
    await store.publishBatch([event, event]);

    expect(await store.publish(foreign, { expectedVersion: 'none' })).toMatchObject({ stream_version: 1 });
    expect(await store.publish(event, { expectedVersion: 2 })).toMatchObject({ stream_version: 3 });
  });

  test('counts the events that came by way of the inbox', async () => {
    const [store, session] = [openStore(database.url), await openSession(database.url)];
    await session.ask('begin');
    await store.publishBatch([jobEventOf(job, 'a'), jobEventOf(job, 'b')], { transaction: session.client });
    await session.ask('commit');

    await expect(store.publish(jobEventOf(job, 'c'), { expectedVersion: 'none' })).rejects.toMatchObject({
      code: 'VersionConflict',
      place: { found: 2 },
    });
    expect(await store.publish(jobEventOf(job, 'd'), { expectedVersion: 2 })).toMatchObject({ stream_version: 3 });
  });

  test('is checked neither in a transaction of the caller nor where it is not declared as versioned', async () => {
    const [store, session] = [openStore(database.url), await openSession(database.url)];

    await expect(
      store.publish(jobEventOf(job, 'a'), { transaction: session.client, expectedVersion: 'none' }),
    ).rejects.toMatchObject({ code: 'TransactionWithExpectedVersion' });
    await expect(store.publish(eventOf(deviceOf(1), 'b'), { expectedVersion: 'none' })).rejects.toMatchObject({
      code: 'StreamNotVersioned',
    });
  });
});
