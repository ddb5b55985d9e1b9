/** Events in order of time: checked, merged, sorted. */
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkOrder, type Feeding, merge, type Placed, sortByTime } from '../src/import/order.ts';

const placed = (minute: number, source: number, line: number): Placed => ({
  event: { event_type: 'x', data: {}, timestamp: new Date(minute * 60_000).toISOString().replace('Z', '000Z') },
  source,
  line,
});

async function* feed(events: readonly Placed[]): Feeding {
  yield* events;
}

async function all(events: Feeding): Promise<Placed[]> {
  const found: Placed[] = [];
  for await (const one of events) found.push(one);
  return found;
}

const minutes = fc.array(fc.nat({ max: 20 }), { maxLength: 30 });

const expectedOrder = (events: readonly Placed[]): Placed[] =>
  [...events].sort(
    (one, other) =>
      one.event.timestamp.localeCompare(other.event.timestamp) || one.source - other.source || one.line - other.line,
  );

test('sorting gives every event once, by time, then source, then line', async () => {
  await fc.assert(
    fc.asyncProperty(minutes, minutes, async (first, second) => {
      const events = [first, second].flatMap((times, source) => times.map((time, line) => placed(time, source, line)));

      expect(await all(sortByTime(feed(events)))).toEqual(expectedOrder(events));
    }),
  );
});

test('merging feeds that are in order gives the same as sorting them', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(minutes, { maxLength: 4 }), async (lists) => {
      const feeds = lists.map((times, source) =>
        [...times].sort((one, other) => one - other).map((time, line) => placed(time, source, line)),
      );

      expect(await all(merge(feeds.map(feed)))).toEqual(expectedOrder(feeds.flat()));
    }),
  );
});

test('more than fits in memory is sorted on disk, and nothing stays there', async () => {
  const before = readdirSync(tmpdir()).filter((name) => name.startsWith('telltale-import-'));
  const times = Array.from({ length: 120_000 }, (_, index) => (index * 7919) % 120_000);
  const big = times.map((time, line) => placed(time, 0, line));

  const sorted = (await all(sortByTime(feed(big)))).map(({ event }) => event.timestamp);

  expect(sorted).toHaveLength(120_000);
  expect(sorted.findIndex((time, index) => index > 0 && time < (sorted[index - 1] ?? ''))).toBe(-1);
  expect(readdirSync(tmpdir()).filter((name) => name.startsWith('telltale-import-'))).toEqual(before);
}, 60_000);

test('a file that is out of order is refused by its line, with what to do', async () => {
  const events = [placed(1, 0, 2), placed(5, 0, 3), placed(4, 0, 4)];

  await expect(all(checkOrder(feed(events), 'errors.csv'))).rejects.toThrow(
    /^errors.csv line 4: .* is before line 3 .*; sort the file by time, or let --sort do it\.$/,
  );
});
