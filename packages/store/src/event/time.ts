/** Times as whole microseconds since 1970 UTC, and as six-digit UTC text. No time passes through a float of seconds. */
import { inspect } from 'node:util';
import { TelltaleError } from '@telltale/catalogue';

const form = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?(?:[Zz]|([+-])(\d\d):?(\d\d))$/;

/** Microseconds from 1970-01-01 to 2000-01-01 UTC, where PostgreSQL counts from. */
export const postgresEpoch = 946_684_800_000_000;

/**
 * Parses RFC 3339 with an offset and up to six digits, or takes a Date.
 * @returns microseconds since 1970 UTC, a safe integer.
 * @throws InvalidTimestamp for anything else, also for the 30th of February, and for times so far from 1970 or 2000 (285
 * years) that a number no longer tells two microseconds apart.
 */
export function parseTime(value: unknown, pointer: string): number {
  const micros =
    typeof value === 'string' ? parseText(value) : value instanceof Date ? value.getTime() * 1000 : undefined;
  if (micros !== undefined && Number.isSafeInteger(micros) && Number.isSafeInteger(micros - postgresEpoch))
    return micros;
  const found = typeof value === 'string' ? value : inspect(value, { depth: 0 });
  throw new TelltaleError(
    'InvalidTimestamp',
    `${pointer}: expected a date-time like 2026-11-23T10:00:00.123456Z, from 1715 to 2254 (found: ${found.slice(0, 60)})`,
    { pointer, expected: 'a date-time', found },
  );
}

const sixDigits = /^\d{6}Z$/;

/** Text of the first 20 characters, `2026-11-23T10:00:00.`, that was parsed last: events of a batch share few seconds. */
let knownSecond = '';
let knownMicros = 0;

function parseText(text: string): number | undefined {
  // The commonest form by far, and the one we print: six digits, UTC.
  if (knownSecond !== '' && text.length === 27 && text.startsWith(knownSecond)) {
    const fraction = text.slice(20);
    if (sixDigits.test(fraction)) return knownMicros + Number(fraction.slice(0, 6));
  }
  const part = form.exec(text);
  if (part === null) return undefined;
  const micros = parseParts(part);
  if (micros !== undefined && text.length === 27 && sixDigits.test(text.slice(20))) {
    knownSecond = text.slice(0, 20);
    knownMicros = Math.floor(micros / 1_000_000) * 1_000_000;
  }
  return micros;
}

function parseParts(part: RegExpExecArray): number | undefined {
  const [year, month, day, hour, minute, second] = [1, 2, 3, 4, 5, 6].map((index) => Number(part[index])) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const zoneHour = Number(part[9] ?? 0);
  const zoneMinute = Number(part[10] ?? 0);
  if (year < 1 || hour > 23 || minute > 59 || second > 59 || zoneHour > 23 || zoneMinute > 59) return undefined;
  const millis = Date.UTC(year, month - 1, day, hour, minute, second);
  const date = new Date(millis);
  // Date.UTC moves 30 February to March and reads years below 100 as 19xx; both show as another date.
  if (date.getUTCFullYear() !== year || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  const offset = (zoneHour * 60 + zoneMinute) * (part[8] === '-' ? -1 : 1);
  return (millis - offset * 60_000) * 1000 + Number((part[7] ?? '').padEnd(6, '0'));
}

let lastSecond = Number.NaN;
let lastText = '';

/** Six-digit UTC text of microseconds since 1970: `2026-11-23T10:00:00.123456Z`. */
export function formatTime(micros: number): string {
  const second = Math.floor(micros / 1_000_000);
  // Events of one page share few seconds, and toISOString is the dearest part.
  if (second !== lastSecond) {
    lastSecond = second;
    lastText = new Date(second * 1000).toISOString().slice(0, -4);
  }
  return `${lastText}${String(micros - second * 1_000_000).padStart(6, '0')}Z`;
}

/** The present, as microseconds since 1970. Milliseconds are what the process knows; the rest is zero. */
export function now(): number {
  return Date.now() * 1000;
}
