/** PostgreSQL takes out of a stored segment what TypeScript wrote into it, for any keys and offsets. */
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { testVersions, useDatabase } from '../../../../test/database.ts';
import { column } from '../../src/database/column.ts';
import type { Value } from '../../src/database/database.ts';
import { type Database, openDatabase } from '../../src/index.ts';
import { offsetsOf, postingBytes, readPosting, writePosting } from '../../src/segment/posting.ts';
import { segmentOf } from './arbitrary-segment.ts';

type Entries = readonly (readonly [number, readonly number[]])[];

/** A column of nothing is sent as its literal. */
const integers = (values: readonly number[]): Value => (values.length === 0 ? '{}' : column('int4', values));

function encode(entries: Entries): { keys: Value; ends: Value; postings: Buffer } {
  const parts = entries.map(([, offsets]) => {
    const bytes = Buffer.alloc(postingBytes(offsets.length));
    writePosting(bytes, 0, offsets);
    return bytes;
  });
  let end = 0;
  const ends = parts.map((part) => (end += part.length));
  return { keys: integers(entries.map(([key]) => key)), ends: integers(ends), postings: Buffer.concat(parts) };
}

/** Keys of the segment and others, in any order, also more than once. */
const asked = segmentOf.chain((entries) =>
  fc.tuple(
    fc.constant<Entries>(entries),
    fc.array(fc.oneof(fc.constantFrom(...entries.map(([key]) => key)), fc.integer({ min: -4, max: 4 }), fc.integer()), {
      maxLength: 10,
    }),
  ),
);

describe.each(testVersions())('on PostgreSQL %i', (version) => {
  const made = useDatabase('posting', { version });
  let database: Database;

  beforeAll(() => {
    database = openDatabase(made.url, { role: 'telltale_application', connections: 1 });
    return () => database.close();
  });

  test('take_postings gives the postings of the wanted keys, and an empty one for a key that is not there', async () => {
    await fc.assert(
      fc.asyncProperty(asked, async ([entries, wanted]) => {
        const { keys, ends, postings } = encode(entries);
        const [row] = await database.query<{ taken: Buffer }>(
          { text: 'select telltale.take_postings($1::integer[], $2::integer[], $3::bytea, $4::integer[]) as taken' },
          [keys, ends, postings, integers(wanted)],
        );
        const taken = row?.taken as Buffer;
        let at = 0;
        for (const key of wanted) {
          const length = taken[at] as number;
          const offsets = entries.find(([own]) => own === key)?.[1] ?? [];
          expect(offsetsOf(readPosting(taken.subarray(at + 1, at + 1 + length))).reverse()).toEqual(offsets);
          at += 1 + length;
        }
        expect(taken).toHaveLength(at);
      }),
      { numRuns: 150 },
    );
  });

  test('key_positions gives the positions of the wanted keys', async () => {
    await fc.assert(
      fc.asyncProperty(asked, fc.integer({ min: 1, max: 2 ** 40 }), async ([entries, wanted], first) => {
        const { keys, ends, postings } = encode(entries);
        const [row] = await database.query<{ positions: string[] }>(
          {
            text: 'select telltale.key_positions($1, $2::integer[], $3::integer[], $4::bytea, $5::integer[])::text[] as positions',
          },
          [String(first), keys, ends, postings, integers(wanted)],
        );
        const expected = wanted.flatMap((key) => entries.find(([own]) => own === key)?.[1] ?? []);
        expect(row?.positions.map(Number)).toEqual(expected.map((offset) => first + offset));
      }),
      { numRuns: 150 },
    );
  });
});
