/** Bookmarks: one for every event, each a cursor that reads on behind exactly what was passed. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Bookmark } from '../../src/read/bookmark.ts';
import { decodeCursor } from '../../src/read/cursor.ts';

const recorded_at = '2026-11-23T10:00:00.000001Z';
const start = Bookmark.of([0, 1, 2].map((log) => ({ log, incarnation: 1, position: 0, recordedAt: null })));

/** Events of three logs, each log's in order without a hole. */
const history = fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 40 }).map((logs) => {
  const heads = [0, 0, 0];
  return logs.map((log) => {
    const position = (heads[log] as number) + 1;
    heads[log] = position;
    return { log, position, recorded_at };
  });
});

const positionsOf = (bookmark: Bookmark): number[] => decodeCursor(bookmark.token).map(({ position }) => position);

test('passing events one by one counts each in its own log', () => {
  fc.assert(
    fc.property(history, (events) => {
      const end = events.reduce((place, event) => place.pass(event), start);
      expect(positionsOf(end)).toEqual([0, 1, 2].map((log) => events.filter((event) => event.log === log).length));
    }),
  );
});

test('the places before events, looked at from the end, are those that passing them would give', () => {
  fc.assert(
    fc.property(history, (events) => {
      let place = start;
      const forward = events.map((event) => {
        const before = place;
        place = place.pass(event);
        return before;
      });
      expect(place.before(events).map(positionsOf)).toEqual(forward.map(positionsOf));
    }),
  );
});

test('a bookmark covers all before it and none behind it, and equals what has passed the same', () => {
  fc.assert(
    fc.property(history, fc.nat(), (events, cut) => {
      const at = cut % (events.length + 1);
      const early = events.slice(0, at).reduce((place, event) => place.pass(event), start);
      const late = events.slice(at).reduce((place, event) => place.pass(event), early);
      expect(late.covers(early)).toBe(true);
      expect(early.covers(late)).toBe(at === events.length);
      expect(early.equals(late)).toBe(at === events.length);
      expect(Bookmark.read(late.token).equals(late)).toBe(true);
    }),
  );
});

test('a place of an earlier incarnation is not covered: what it saw may be gone', () => {
  const restored = Bookmark.of([{ log: 0, incarnation: 2, position: 5, recordedAt: null }]);
  const old = Bookmark.of([{ log: 0, incarnation: 1, position: 3, recordedAt: null }]);

  expect(restored.covers(old)).toBe(false);
});
