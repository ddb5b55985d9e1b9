/** A search refuses what cannot be meant, says what would do, and gives up in time what would take too long. */
import { randomUUID } from 'node:crypto';
import type { EventSearchCriteria } from '@telltale/catalogue';
import { beforeAll, describe, expect, test } from 'vitest';
import { useDatabase } from '../../../../test/database.ts';
import { type AnyEventStore, EventStore } from '../../src/index.ts';
import { encodeQueryCursor } from '../../src/read/query-cursor.ts';

const device = randomUUID();
const nested = (depth: number): string => `${'('.repeat(depth)}severity:error${')'.repeat(depth)}`;
const negated = (depth: number): string => `${'NOT ('.repeat(depth)}severity:error${')'.repeat(depth)}`;

describe('a search', () => {
  const database = useDatabase('search refusal');
  let store: AnyEventStore;

  beforeAll(async () => {
    store = new EventStore({ connection: database.url, worker: false });
    for (let batch = 0; batch < 5; batch++) {
      await store.publishBatch(
        Array.from({ length: 1000 }, (_, index) => ({
          event_type: 'device.diagnostics_run',
          device_uuid: device,
          data: { test: `valve ${index}`, passed: true },
        })),
      );
    }
    await store.index();
    return () => store.close();
  });

  test.each<[string, unknown, string, RegExp]>([
    ['an unknown criterion', { eventType: ['device.online'] }, 'InvalidArgument', /did you mean eventTypes/],
    ['a criterion of the prototype', JSON.parse('{"__proto__": "x"}'), 'InvalidArgument', /found: __proto__/],
    ['criteria that are no object', 'severity:error', 'InvalidArgument', /an object of criteria/],
    ['an unknown type', { eventTypes: ['device.reboot'] }, 'UnknownEventType', /did you mean device\.rebooted/],
    ['types that are no list', { eventTypes: 'device.online' }, 'InvalidArgument', /\/eventTypes: expected a list/],
    ['too many types', { eventTypes: Array(1001).fill('device.online') }, 'InvalidArgument', /at most 1000/],
    ['an unknown severity', { severity: ['fatal'] }, 'InvalidArgument', /\/severity\/0: expected one of debug/],
    ['an unknown outcome', { outcome: ['ok'] }, 'InvalidArgument', /\/outcome\/0/],
    ['an unknown category', { category: ['pumps'] }, 'InvalidArgument', /\/category\/0/],
    ['a device that is no UUID', { deviceUuid: "' or true --" }, 'InvalidArgument', /\/deviceUuid: expected a UUID/],
    ['a correlation that is no UUID', { correlationId: '17' }, 'InvalidArgument', /\/correlationId: expected a UUID/],
    ['an actor of no type', { actor: { type: 'ghost' } }, 'InvalidArgument', /\/actor\/type/],
    ['an actor with more', { actor: { type: 'user', name: 'x' } }, 'InvalidArgument', /\/actor\/name/],
    ['a tag that is no text', { tags: { site: 7 } }, 'InvalidArgument', /\/tags\/site/],
    ['a text with U+0000', { tags: { site: 'a\u0000b' } }, 'InvalidArgument', /U\+0000/],
    ['half a surrogate pair', { actor: { type: 'user', id: '\ud800' } }, 'InvalidArgument', /well-formed/],
    ['a time without a zone', { dateFrom: '2026-01-01T00:00:00' }, 'InvalidTimestamp', /\/dateFrom/],
    ['a date that is none', { dateTo: new Date('x') }, 'InvalidTimestamp', /\/dateTo/],
    [
      'an end before the beginning',
      { dateFrom: '2026-02-01T00:00:00Z', dateTo: '2026-01-01T00:00:00Z' },
      'InvalidArgument',
      /\/dateTo/,
    ],
    ['a limit of nothing', { limit: 0 }, 'InvalidArgument', /from 1 to 10,000 \(found: 0\)/],
    ['too high a limit', { limit: 10_001 }, 'InvalidArgument', /from 1 to 10,000/],
    ['a limit that is a text', { limit: '10' }, 'InvalidArgument', /\/limit: expected a whole number/],
    ['an offset below nothing', { offset: -1 }, 'InvalidArgument', /\/offset/],
    ['too far an offset', { offset: 100_001 }, 'InvalidArgument', /from 0 to 100,000/],
    ['a malformed cursor', { cursor: 'bm90aGluZw.12345678' }, 'InvalidCursor', /nextCursor/],
    ['a cursor that is a number', { cursor: 7 }, 'InvalidCursor', /nextCursor/],
    ['a cursor too long', { cursor: 'x'.repeat(100_000) }, 'InvalidCursor', /nextCursor/],
    [
      'a cursor of another verb',
      { cursor: encodeQueryCursor('x', { timestamp: 1, log: 0, position: 1 }) },
      'InvalidCursor',
      /of this query/,
    ],
    ['an unknown field', { filter: 'serverity:error' }, 'InvalidFilter', /did you mean severity/],
    ['an unknown word', { filter: 'severity:fatal' }, 'InvalidFilter', /expected one of debug/],
    ['an order of what has none', { filter: 'source>agent' }, 'InvalidFilter', /./],
    ['an open bracket', { filter: '(severity:error' }, 'InvalidFilter', /./],
    ['a filter nested too deep', { filter: nested(40) }, 'InvalidFilter', /32/],
    ['a negation nested too deep', { filter: negated(1000).slice(0, 4096) }, 'InvalidFilter', /./],
    ['a filter too long', { filter: 'x'.repeat(4097) }, 'InvalidFilter', /4,?096/],
    ['too many terms', { filter: Array(201).fill('a').join(' ') }, 'InvalidFilter', /200/],
    ['a text of no word', { text: '-- ;;' }, 'InvalidFilter', /a word of letters or digits/],
  ])('with %s is refused', async (_what, criteria, code, message) => {
    await expect(store.search(criteria as EventSearchCriteria)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });

  test('with the cursor of another search is refused, and goes on with its own under another limit', async () => {
    const { nextCursor } = await store.searchPage({ deviceUuid: device, limit: 3 });
    const cursor = nextCursor ?? '';

    expect((await store.searchPage({ deviceUuid: device, limit: 7, cursor })).events).toHaveLength(7);
    await expect(store.searchPage({ severity: ['info'], cursor })).rejects.toMatchObject({ code: 'InvalidCursor' });
    await expect(store.getDeviceTimeline(device, { cursor })).rejects.toMatchObject({ code: 'InvalidCursor' });
    await expect(store.searchPage({ deviceUuid: device, cursor: `${cursor}0` })).rejects.toMatchObject({
      code: 'InvalidCursor',
    });
  });

  test.each<[string, unknown, RegExp]>([
    ['no text', undefined, /a text/],
    ['nothing', '   ', /a word to look for/],
    ['only what must not be there', '-valve -stuck', /a word to look for/],
    ['stop words alone', 'the is "of the"', /not as frequent/],
    ['too long a text', 'x'.repeat(1001), /at most 1000/],
    ['too many words', Array(51).fill('a1').join(' '), /at most 50 words/],
  ])('for %s in the texts is refused', async (_what, query, message) => {
    await expect(store.fullTextSearch(query as string)).rejects.toMatchObject({
      code: 'InvalidArgument',
      message: expect.stringMatching(message),
    });
  });

  test('for texts on what is no device, or without an end, is refused', async () => {
    const refused = { code: 'InvalidArgument' };

    await expect(store.fullTextSearch('valve', 'no uuid')).rejects.toMatchObject(refused);
    await expect(store.fullTextSearch('valve', device, 1001)).rejects.toMatchObject(refused);
    await expect(store.fullTextPage('valve', { tenant: '' })).rejects.toMatchObject(refused);
  });

  // Each makes some engine of regular expressions, of text search or of LIKE try every way to cut a text.
  test.each<EventSearchCriteria>([
    { filter: `data.test:${'*a'.repeat(60)}*` },
    { filter: `data.test:${'*'.repeat(200)}b` },
    { filter: `type:${'*e'.repeat(100)}` },
    { filter: `"${'(a+)+$ '.repeat(50)}"` },
    { text: `"${'valve '.repeat(100)}"` },
    { text: String.raw`\\\' || ts_rewrite & !(a <-> b):*ABCD` },
    { tags: { "'; drop table telltale.logs; --": `"') or (true` } },
    { actor: { type: 'user', id: '%_\\' } },
    { filter: Array(100).fill('(a b)').join(' OR ') },
  ])('made to be slow or to break out is answered like any other: %j', async (criteria) => {
    const began = performance.now();
    await store.search(criteria).then(
      (found) => expect(found).toEqual([]),
      (error: unknown) => expect(error).toMatchObject({ code: 'InvalidFilter' }),
    );

    // 5,000 events are looked through in 50 ms; what tries every way takes minutes.
    expect(performance.now() - began).toBeLessThan(20_000);
    expect(await store.search({ limit: 1 })).toHaveLength(1);
  });

  test('that would take longer than its time is given up, with a word on how to narrow it', async () => {
    const hasty: AnyEventStore = new EventStore({ connection: database.url, worker: false, queryTimeout: 1 });
    const refused = { code: 'QueryTooExpensive', message: expect.stringMatching(/narrow|ask for/) as string };
    try {
      await expect(hasty.search({ filter: 'data.x>1' })).rejects.toMatchObject(refused);
      await expect(hasty.search({ filter: '-data.test:*valve*' })).rejects.toMatchObject(refused);
      await expect(hasty.fullTextSearch('valve -run', device, 1000)).rejects.toMatchObject(refused);
    } finally {
      await hasty.close();
    }
    expect(await store.search({ filter: 'data.x>1' })).toEqual([]);
  });
});
