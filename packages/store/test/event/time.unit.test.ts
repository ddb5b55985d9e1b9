/** Times: whole microseconds, six digits, no day that is not in the calendar, no digit that gets lost. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatTime, parseTime, postgresEpoch } from '../../src/event/time.ts';

const parsed = (value: unknown): number => parseTime(value, '/timestamp');

/** Text of a moment with all six digits, made without our own code. */
function textOf(millis: number, digits: number): string {
  return `${new Date(millis).toISOString().slice(0, 19)}.${String(digits).padStart(6, '0')}Z`;
}

test('every microsecond from 1715 to 2254 comes back as it was written', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -8_046_000_000, max: 8_990_000_000 }),
      fc.integer({ min: 0, max: 999_999 }),
      (second, digits) => {
        const written = textOf(second * 1000, digits);

        expect(parsed(written)).toBe(second * 1_000_000 + digits);
        expect(formatTime(parsed(written))).toBe(written);
      },
    ),
    { numRuns: 2000 },
  );
});

test('a Date is taken to its millisecond', () => {
  fc.assert(
    fc.property(
      fc.date({
        min: new Date('1715-01-01T00:00:00Z'),
        max: new Date('2254-12-31T23:59:59.999Z'),
        noInvalidDate: true,
      }),
      (date) => {
        expect(formatTime(parsed(date))).toBe(date.toISOString().replace('Z', '000Z'));
      },
    ),
  );
});

test('two texts of one moment are the same time, whatever their offset', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -8_046_000_000, max: 8_990_000_000 }),
      fc.integer({ min: 0, max: 999_999 }),
      fc.integer({ min: -1439, max: 1439 }),
      (second, digits, minutes) => {
        const there = textOf((second + minutes * 60) * 1000, digits).slice(0, -1);
        const [hour, minute] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
        const offset = `${minutes < 0 ? '-' : '+'}${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;

        expect(parsed(`${there}${offset}`)).toBe(second * 1_000_000 + digits);
      },
    ),
  );
});

test.each<[string, string]>([
  ['2026-11-23T10:00:00Z', '2026-11-23T10:00:00.000000Z'],
  ['2026-11-23t10:00:00.5z', '2026-11-23T10:00:00.500000Z'],
  ['2026-11-23 10:00:00.12+01:00', '2026-11-23T09:00:00.120000Z'],
  ['2026-11-23T10:00:00.123456-0330', '2026-11-23T13:30:00.123456Z'],
  ['1969-12-31T23:59:59.999999Z', '1969-12-31T23:59:59.999999Z'],
  ['2038-01-19T03:14:08.000001Z', '2038-01-19T03:14:08.000001Z'],
  ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000000Z'],
  ['2000-02-29T00:00:00Z', '2000-02-29T00:00:00.000000Z'],
  ['1715-01-01T00:00:00.000001Z', '1715-01-01T00:00:00.000001Z'],
  ['2254-12-31T23:59:59.999999Z', '2254-12-31T23:59:59.999999Z'],
])('%s is %s', (written, expected) => {
  expect(formatTime(parsed(written))).toBe(expected);
});

describe('no time, and refused as InvalidTimestamp', () => {
  test.each<[string, unknown]>([
    ['30 February', '2026-02-30T00:00:00Z'],
    ['29 February of a common year', '2026-02-29T00:00:00Z'],
    ['29 February of 1900', '1900-02-29T00:00:00Z'],
    ['31 April', '2026-04-31T00:00:00Z'],
    ['month 13', '2026-13-01T00:00:00Z'],
    ['month 0', '2026-00-01T00:00:00Z'],
    ['day 0', '2026-01-00T00:00:00Z'],
    ['hour 24', '2026-01-01T24:00:00Z'],
    ['minute 60', '2026-01-01T00:60:00Z'],
    ['a leap second, which PostgreSQL would move to the next minute', '2016-12-31T23:59:60Z'],
    ['year 0', '0000-01-01T00:00:00Z'],
    ['a year of five digits', '12026-01-01T00:00:00Z'],
    ['year 1, the zero of other languages', '0001-01-01T00:00:00Z'],
    ['a time that a number cannot tell from the next microsecond', '1714-01-01T00:00:00.123457Z'],
    ['the like of it in the future', '2600-01-01T00:00:00Z'],
    ['year 9999', '9999-12-31T23:59:59-00:01'],
    ['no offset', '2026-01-01T00:00:00'],
    ['an offset of 24 hours', '2026-01-01T00:00:00+24:00'],
    ['an offset of 60 minutes', '2026-01-01T00:00:00+01:60'],
    ['a named zone', '2026-01-01T00:00:00 Europe/Berlin'],
    ['seven digits', '2026-01-01T00:00:00.1234567Z'],
    ['a point without digits', '2026-01-01T00:00:00.Z'],
    ['a date', '2026-01-01'],
    ['a space before', ' 2026-01-01T00:00:00Z'],
    ['a line end after', '2026-01-01T00:00:00Z\n'],
    ['infinity', 'infinity'],
    ['nothing', ''],
    ['a number', 1_700_000_000_000],
    ['null', null],
    ['an invalid Date', new Date(Number.NaN)],
    ['a Date too far back', new Date('1714-01-01T00:00:00Z')],
    ['the last Date there is', new Date(8.64e15)],
    ['an object that prints as a time', { toString: () => '2026-01-01T00:00:00Z' }],
  ])('%s', (_what, value) => {
    expect(() => parsed(value)).toThrow(
      expect.objectContaining({ code: 'InvalidTimestamp', place: expect.objectContaining({ pointer: '/timestamp' }) }),
    );
  });

  test('the fast way for the form we print ourselves refuses what the slow way refuses', () => {
    expect(parsed('2026-01-01T00:00:00.000001Z')).toBe(1_767_225_600_000_001);
    for (const wrong of [
      '2026-01-01T00:00:00.00000xZ',
      '2026-01-01T00:00:00.0000001',
      '2026-01-01T00:00:00.000001z ',
    ]) {
      expect(() => parsed(wrong)).toThrow(expect.objectContaining({ code: 'InvalidTimestamp' }));
    }
    expect(parsed('2026-01-01T00:00:00.999999Z')).toBe(1_767_225_600_999_999);
  });
});

test("PostgreSQL's epoch is the first moment of 2000", () => {
  expect(parsed('2000-01-01T00:00:00Z')).toBe(postgresEpoch);
});
