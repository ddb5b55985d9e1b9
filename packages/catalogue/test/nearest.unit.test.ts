/** Names that somebody may have meant. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { catalogue, editDistance, nearestNames } from '../src/index.ts';

const known = catalogue.map((type) => type.name);

test.each([
  ['device.reboot', 'device.rebooted'],
  ['device.hearbeat', 'device.heartbeat'],
  ['device.onlien', 'device.online'],
  ['Device.Firmware_Updated', 'device.firmware_updated'],
  ['jobs.completed', 'job.completed'],
])('%s finds %s first', (unknown, meant) => {
  expect(nearestNames(unknown, known)[0]).toBe(meant);
});

test('a name like none of the known ones finds nothing', () => {
  expect(nearestNames('xyzzy', known)).toEqual([]);
  expect(nearestNames('', known)).toEqual([]);
});

test('at most three names are found, the most similar first, a tie in the order of the alphabet', () => {
  expect(nearestNames('aaaaaa', ['aaaaab', 'aaaabb', 'baaaaa', 'abaaaa', 'aaaaaa'])).toEqual([
    'aaaaaa',
    'aaaaab',
    'abaaaa',
  ]);
});

test('a name of a megabyte is answered at once', () => {
  const start = performance.now();
  nearestNames('device.'.repeat(150_000), known);
  expect(performance.now() - start).toBeLessThan(200);
});

test('the distance is zero for equal texts only, the same both ways, and no longer than the longer text', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (a, b) => {
      const distance = editDistance(a, b);
      expect(distance === 0).toBe(a === b);
      expect(editDistance(b, a)).toBe(distance);
      expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
      expect(distance).toBeGreaterThanOrEqual(Math.abs(a.length - b.length));
    }),
  );
});

test('one insertion, deletion, replacement or swap of neighbours is a distance of one', () => {
  expect(['abxc', 'ac', 'axc', 'acb'].map((other) => editDistance('abc', other))).toEqual([1, 1, 1, 1]);
});
