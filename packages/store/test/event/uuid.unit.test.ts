/** UUIDs: version 7 for events, rising; version 5 for shard keys, the same in every implementation. */
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { formatUuid, makeEventId, parseUuid, shardKeyOf, uuidv5, writeUuid } from '../../src/event/uuid.ts';

/** The namespaces of RFC 9562, section 6.6. */
const dns = Buffer.from('6ba7b8109dad11d180b400c04fd430c8', 'hex');
const url = Buffer.from('6ba7b8119dad11d180b400c04fd430c8', 'hex');

test('100,000 ids are all different, rise, and carry version 7 and the variant of the RFC', () => {
  const ids = Array.from({ length: 100_000 }, makeEventId);

  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.filter((id) => !/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id))).toEqual(
    [],
  );
  expect([...ids].sort()).toEqual(ids);
});

test('an id carries the millisecond at which it was made', () => {
  const before = Date.now();
  const millis = Number.parseInt(makeEventId().replaceAll('-', '').slice(0, 12), 16);

  // A burst before this test may have borrowed from the clock.
  expect(millis).toBeGreaterThanOrEqual(before);
  expect(millis).toBeLessThan(before + 1000);
});

test('ids rise also when the clock is set back', () => {
  const first = makeEventId();
  vi.spyOn(Date, 'now').mockReturnValue(Date.now() - 3_600_000);
  const second = makeEventId();
  vi.restoreAllMocks();

  expect(second > first).toBe(true);
});

test('the vectors of RFC 9562 and of the URL namespace come out', () => {
  expect(uuidv5(dns, 'www.example.com')).toBe('2ed6657d-e927-568b-95e1-2665a8aea6a2');
  expect(uuidv5(dns, 'python.org')).toBe('886313e1-3b8a-5372-9b90-0c9aee199e5d');
  expect(uuidv5(url, 'http://www.example.com/')).toBe('fcde3c85-2270-590f-9e7c-ee003d65e0e2');
});

test('the namespace of shard keys is the one that docs/spec.md derives, and never changes', () => {
  const namespace = uuidv5(url, 'https://telltale.dev/shard');

  expect(namespace).toBe('a0b913e9-52a9-5d8a-b427-38808aa3d949');
  expect(shardKeyOf('job', '17')).toBe(uuidv5(Buffer.from(namespace.replaceAll('-', ''), 'hex'), 'job:17'));
});

test('a shard key does not depend on how many others were asked for', () => {
  const first = shardKeyOf('app', 'web');
  for (let index = 0; index < 10_050; index++) shardKeyOf('app', `other-${index}`);

  expect(shardKeyOf('app', 'web')).toBe(first);
});

test('any sixteen bytes go to text and back', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
      const target = Buffer.alloc(16);
      writeUuid(target, 0, formatUuid(bytes));

      expect(Buffer.from(bytes).equals(target)).toBe(true);
      expect(parseUuid(formatUuid(bytes).toUpperCase())).toBe(formatUuid(bytes));
    }),
  );
});

test.each([
  '',
  '2ed6657de927568b95e12665a8aea6a2',
  '{2ed6657d-e927-568b-95e1-2665a8aea6a2}',
  '2ed6657d-e927-568b-95e1-2665a8aea6a',
  '2ed6657d-e927-568b-95e1-2665a8aea6a2 ',
  '2ed6657d-e927-568b-95e1-2665a8aea6a2\n',
  'ged6657d-e927-568b-95e1-2665a8aea6a2',
  42,
  null,
  undefined,
  {},
])('%j is no UUID', (value) => {
  expect(parseUuid(value)).toBeUndefined();
});
