/** The line for people. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { catalogue, findEventType, summarize } from '../src/index.ts';

const line = (summary: string, data: unknown): string => summarize({ summary }, data);

test('fields, nested fields and the first of several are filled in', () => {
  expect(line('{a} {b.c} {x|y}', { a: 'one', b: { c: 2 }, y: true })).toBe('one 2 yes');
});

test('a missing field shows as a question mark', () => {
  expect(line('{a} and {b.c}', { b: null })).toBe('? and ?');
  expect(line('{a}', undefined)).toBe('?');
});

test('text in square brackets is left out when a field in it is missing, empty or null', () => {
  expect(line('Offline[: {reason}][, {n} times]', { n: 0 })).toBe('Offline, 0 times');
  expect(line('Offline[: {reason}]', { reason: '' })).toBe('Offline');
  expect(line('Offline[: {reason}]', { reason: null })).toBe('Offline');
});

test('a list shows its texts and numbers', () => {
  expect(line('{list}', { list: ['a', 2, { b: 1 }] })).toBe('a, 2');
});

test('what is filled in is never read as a template', () => {
  expect(line('{a}[ {b}]', { a: '{b}', b: '[{a}]', c: 1 })).toBe('{b} [{a}]');
});

test('an inherited property is no field', () => {
  expect(line('{constructor} {__proto__} {toString}', {})).toBe('? ? ?');
});

test('a long value is cut between characters', () => {
  expect(line('{a}', { a: '😀'.repeat(500) })).toBe(`${'😀'.repeat(119)}…`);
});

test('a line stays one printable line whatever the data hold', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
      const shown = line('{a}', { a: text });
      // oxlint-disable-next-line no-control-regex -- exactly these must not be there
      expect(shown).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/);
      expect(Array.from(shown).length).toBeLessThanOrEqual(120);
    }),
  );
});

test('any data at all give a line for any type', () => {
  fc.assert(
    fc.property(fc.constantFrom(...catalogue), fc.jsonValue(), (type, data) => {
      expect(summarize(type, data).length).toBeGreaterThan(0);
    }),
  );
});

test('a real event reads well', () => {
  const type = findEventType('device.firmware_updated');
  expect(summarize(type, { old_version: '3.1.0', new_version: '3.2.0' })).toBe('Firmware updated from 3.1.0 to 3.2.0');
});
