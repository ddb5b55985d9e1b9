/** Timestamps of sources: formats and zones. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { instantReader } from '../src/import/instant.ts';

describe('a time is read', () => {
  test.each([
    ['iso', 'UTC', '2015-01-04', '2015-01-04T00:00:00.000000Z'],
    ['iso', 'UTC', '2015-01-04 06:00:00', '2015-01-04T06:00:00.000000Z'],
    ['iso', 'UTC', '2015-01-04T06:00:00.1234567+02:00', '2015-01-04T04:00:00.123456Z'],
    ['iso', 'Europe/Berlin', '2015-07-04 06:00', '2015-07-04T04:00:00.000000Z'],
    ['iso', 'Europe/Berlin', '2015-07-04 06:00Z', '2015-07-04T06:00:00.000000Z'],
    ['unix', 'UTC', '1117838570', '2005-06-03T22:42:50.000000Z'],
    ['unix', 'UTC', '1117838570.675872', '2005-06-03T22:42:50.675872Z'],
    ['unix', 'UTC', '-1.5', '1969-12-31T23:59:58.500000Z'],
    ['unix_ms', 'UTC', '1117838570675', '2005-06-03T22:42:50.675000Z'],
    ['yyyy-MM-dd-HH.mm.ss.SSSSSS', 'America/Los_Angeles', '2005-06-03-15.42.50.675872', '2005-06-03T22:42:50.675872Z'],
    ['dd/MM/yyyy HH:mm', 'UTC', '4/1/2015 6:05', '2015-01-04T06:05:00.000000Z'],
    ['MMM dd yyyy HH:mm:ss', 'UTC', 'Nov 23 2026 10:00:00', '2026-11-23T10:00:00.000000Z'],
  ])('of format %s in %s: %s', (format, zone, text, expected) => {
    expect(instantReader(format, zone)(text)).toBe(expected);
  });

  test.each([
    ['iso', '2015-02-30'],
    ['iso', '2015-01-04 25:00'],
    ['iso', 'yesterday'],
    ['unix', '12 o clock'],
    ['dd/MM/yyyy', '2015-01-04'],
    ['MMM dd yyyy', 'Foo 23 2026'],
  ])('only if it is one: %s %s', (format, text) => {
    expect(() => instantReader(format)(text)).toThrow(/expected/);
  });
});

test('a format without a day, and a zone that nobody knows, are refused before the first row', () => {
  expect(() => instantReader('HH:mm')).toThrow(/timestamp\/format/);
  expect(() => instantReader('iso', 'Middle/Earth')).toThrow(/timestamp\/zone/);
});

test('of the hour that autumn repeats the first is meant, and the hour that spring leaves out is counted on', () => {
  const read = instantReader('iso', 'Europe/Berlin');

  expect(read('2025-10-26 02:30')).toBe('2025-10-26T00:30:00.000000Z');
  expect(read('2025-10-26 03:00')).toBe('2025-10-26T02:00:00.000000Z');
  expect(read('2025-03-30 02:30')).toBe('2025-03-30T01:30:00.000000Z');
});

test('a local time comes back as the wall clock of its zone shows it', () => {
  const zones = ['Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe', 'Pacific/Auckland', 'UTC'];
  const minutes = fc.integer({ min: Date.UTC(1985, 0) / 60_000, max: Date.UTC(2030, 0) / 60_000 });
  fc.assert(
    fc.property(fc.constantFrom(...zones), minutes, (zone, minute) => {
      const moment = new Date(minute * 60_000);
      const wall = moment.toLocaleString('sv-SE', { timeZone: zone });

      const back = new Date(instantReader('iso', zone)(wall));

      expect(back.toLocaleString('sv-SE', { timeZone: zone })).toBe(wall);
    }),
  );
});
