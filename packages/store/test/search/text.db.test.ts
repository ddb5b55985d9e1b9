/** Full-text search: what matches, in what order, what is shown, and what is refused. */
import { expect, test } from 'vitest';
import { createDatabase, useDatabase } from '../../../../test/database.ts';
import { deviceOf } from '../invariant/fleet.ts';
import { openSession } from '../invariant/session.ts';
import { openStore } from '../invariant/store.ts';
import { seededRandom } from '../invariant/writer.ts';
import { randomEvent } from './fleet.ts';

const database = useDatabase('text');

/** One offline event for each reason, in this order. */
async function say(url: string, ...reasons: string[]): Promise<ReturnType<typeof openStore>> {
  const store = openStore(url);
  await store.publishBatch(
    reasons.map((reason, index) => ({
      event_type: 'device.offline',
      device_uuid: deviceOf(index % 3),
      data: { reason },
    })),
  );
  return store;
}

const reasonsOf = (events: readonly { data: unknown }[]): string[] =>
  events.map(({ data }) => (data as { reason: string }).reason);

test.each([
  ['pump', ['pump stopped', 'the pump, again']],
  ['pumping', ['pump stopped', 'the pump, again']],
  ['pump stopped', ['pump stopped']],
  ['"the pump"', ['the pump, again']],
  ['"stopped pump"', []],
  ['pump -stop', ['the pump, again']],
  ['stopped OR leak', ['pump stopped', 'valve leaked']],
  ['valve -"valve leaked"', ['a valve-gate (open)']],
  ['GATE open', ['a valve-gate (open)']],
  ['nowhere', []],
  ['Überdruck', ['Überdruck 7bar']],
  ['7bar', ['Überdruck 7bar']],
] as const)('%s finds what has these words, by their stems', async (query, expected) => {
  const store = openStore(database.url);
  const reasons = ['pump stopped', 'the pump, again', 'valve leaked', 'a valve-gate (open)', 'Überdruck 7bar'];
  if ((await store.readLast(1)).events.length === 0) await say(database.url, ...reasons);

  expect(reasonsOf(await store.fullTextSearch(query)).sort()).toEqual([...expected].sort());
});

test('shorter events and rarer words come first, the newest among equals', async () => {
  const { url } = await createDatabase('text rank');
  const store = await say(
    url,
    'alarm',
    'alarm',
    'alarm seen by the operator at the northern gate in the early morning hours',
    'flood',
    'alarm',
  );

  const found = await store.fullTextSearch('alarm OR flood');

  expect(reasonsOf(found)).toEqual(['flood', 'alarm', 'alarm', 'alarm', expect.stringContaining('seen by')]);
  expect(found[1]?.position).toBeGreaterThan(found[2]?.position ?? 0);
});

test('a snippet shows the words where they stand, without markup', async () => {
  const { url } = await createDatabase('text snippet');
  const store = await say(url, `${'x '.repeat(200)}<b>motor</b> overheated`);

  const [found] = await store.fullTextSearch('motor overheating');
  const { text, matches } = found?.snippet ?? { text: '', matches: [] };

  expect(matches.map(([offset, length]) => text.slice(offset, offset + length))).toEqual(['motor', 'overheated']);
  expect(text.length).toBeLessThanOrEqual(160);
});

test('a personal field is never found', async () => {
  const { url } = await createDatabase('text personal');
  const store = openStore(url);
  await store.publish({
    event_type: 'device.transferred',
    device_uuid: deviceOf(1),
    data: { from_owner: 'Mallory Quux', to_owner: 'Trent', reason: 'sold' },
  });

  expect(await store.fullTextSearch('sold')).toHaveLength(1);
  expect(await store.fullTextSearch('Quux')).toEqual([]);
});

test('a device and a tenant confine it', async () => {
  const { url } = await createDatabase('text device');
  const store = await say(url, 'fan', 'fan', 'fan', 'fan');

  expect(await store.fullTextSearch('fan', deviceOf(0))).toHaveLength(2);
  expect((await store.fullTextPage('fan', { tenant: 'acme' })).events).toEqual([]);
});

test('it finds exactly what a dictionary scan of every event finds, in segments and tail', async () => {
  const { url } = await createDatabase('text exact');
  const store = openStore(url);
  const next = seededRandom('texts');
  for (let batch = 0; batch < 6; batch++) {
    await store.publishBatch(Array.from({ length: 500 }, () => randomEvent(next, Date.now())));
  }
  await store.index();
  const session = await openSession(url);
  for (const [query, tsquery] of [
    ['restart', 'restart'],
    ['valve timeouts', 'valve & timeouts'],
    ['pump OR stuck', 'pump | stuck'],
    ['stuck -valve', 'stuck & !valve'],
  ] as const) {
    const scanned = await session.ask<{ event_id: string }>(
      `select event_id from telltale.events
       where to_tsvector('english', translate(concat_ws(' ', event_type, data->>'reason', data->>'error', data->>'image'), '._-,', '    '))
         @@ to_tsquery('english', $1) order by 1`,
      [tsquery],
    );
    const page = await store.fullTextPage(query, { limit: 1000 });
    const found = page.events.map((event) => event.event_id).sort();

    expect(scanned.length, query).toBeGreaterThan(0);
    if (scanned.length <= 1000) expect(found, query).toEqual(scanned.map((row) => row.event_id));
  }
});

const asked = [
  'agent',
  'pump OR valves',
  'stuck timeouts',
  'offline',
  'die',
  'ångström',
  'überdruck',
  '7',
  'v2',
].flatMap((query) => [{ query }, { query, deviceUuid: deviceOf(0) }, { query, tenant: 'acme' }]);

/** What a reader that knows nothing yet finds: only where segments begin and end decides the order among equals. */
async function answersOf(url: string): Promise<{ query: string; ranked: number; found: string[] }[]> {
  const reader = openStore(url);
  return Promise.all(
    asked.map(async ({ query, ...options }) => {
      const { ranked, events } = await reader.fullTextPage(query, { ...options, limit: 1000 });
      const found = events.map(({ event_id, rank, snippet }) => `${event_id} ${rank.toFixed(9)} ${snippet.text}`);
      return { query, ranked, found: ranked > 1000 ? [] : found.sort() };
    }),
  );
}

test('a text ranks alike before and after its events are in segments', async () => {
  const { url } = await createDatabase('text tail');
  const store = openStore(url);
  const next = seededRandom('tails');
  const sources = [{ source: 'agent' }, { source: 'Pump House' }, {}];
  for (let batch = 0; batch < 4; batch++) {
    await store.publishBatch(
      Array.from({ length: 512 }, (_, index) => ({ ...randomEvent(next, Date.now()), ...sources[index % 3] })),
    );
  }
  await store.publish({ event_type: 'image.removed', aggregate_id: 'dying-ÅNGSTRÖM', data: { image: 'x' } });
  const before = await answersOf(url);
  const heartbeat = { event_type: 'device.heartbeat', device_uuid: deviceOf(50), data: {} };
  await store.publishBatch(Array.from({ length: 1023 }, () => heartbeat));
  await store.index();
  const after = await answersOf(url);

  expect(after).toEqual(before);
  expect(before.filter(({ ranked }) => ranked > 0).length).toBeGreaterThan(20);
});

test.each([
  ['', 'nothing'],
  ['   ', 'nothing'],
  ['-pump', '-pump'],
  ['the', 'the'],
  ['x'.repeat(1001), '1001'],
  [Array.from({ length: 60 }, (_, word) => `w${word}`).join(' '), '60'],
])('%j is refused with what was expected', async (query, found) => {
  await expect(openStore(database.url).fullTextSearch(query)).rejects.toMatchObject({
    code: 'InvalidArgument',
    message: expect.stringContaining(`(found: ${found})`),
  });
});

test('a query built to be slow is answered at once', async () => {
  const query = `${'"'.repeat(501)}${'-'.repeat(400)}a`;
  const begin = performance.now();
  await openStore(database.url)
    .fullTextSearch(query)
    .catch(() => undefined);

  // Some 50 ms on an idle machine.
  expect(performance.now() - begin).toBeLessThan(20_000);
});
