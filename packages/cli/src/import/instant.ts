/** Timestamps of a source: their pattern and their zone, as six-digit UTC text. */
import { CommandFailure } from '../failure.ts';
import { RowFailure } from './rule.ts';

/** Text of a time, or an error that says what it should look like. */
export type ReadInstant = (text: string) => string;

/**
 * @param format `iso` (default; an offset in the text wins over the zone), `unix`, `unix_ms`, or a pattern of yyyy MM dd
 *   HH mm ss S such as `dd/MM/yyyy HH:mm`.
 * @param zone where local times are meant: an IANA name such as Europe/Berlin. Default UTC.
 */
export function instantReader(format = 'iso', zone = 'UTC'): ReadInstant {
  if (format === 'unix') return (text) => fromUnix(text, 1);
  if (format === 'unix_ms') return (text) => fromUnix(text, 1000);
  const offset = zoneOffset(zone);
  const read = format === 'iso' ? readIso : patternReader(format);
  return (text) => {
    const found = read(text.trim());
    if (found === undefined)
      throw new RowFailure(
        `expected a time like ${format === 'iso' ? '2026-11-23T10:00:00Z' : format} (found: ${text})`,
      );
    const millis = found.offset === undefined ? found.local - offset(found.local) : found.local - found.offset;
    return write(millis, found.fraction);
  };
}

interface LocalTime {
  /** Milliseconds since 1970 as if the wall clock were UTC, without fraction. */
  readonly local: number;
  /** Up to six digits. */
  readonly fraction: string;
  /** Milliseconds that the text itself says it is ahead of UTC. */
  readonly offset?: number;
}

function write(millis: number, fraction: string): string {
  return `${new Date(millis).toISOString().slice(0, 19)}.${fraction.slice(0, 6).padEnd(6, '0')}Z`;
}

function fromUnix(text: string, unit: number): string {
  const match = /^(-?)(\d{1,14})(?:\.(\d+))?$/.exec(text.trim());
  if (match === null) {
    throw new RowFailure(`expected ${unit === 1 ? 'seconds' : 'milliseconds'} since 1970 (found: ${text})`);
  }
  const [, sign, whole = '0', fraction = ''] = match;
  // By whole microseconds: 1117838570.675872 as a float of seconds would lose its last digits.
  const digits = unit === 1 ? 6 : 3;
  const size = BigInt(whole) * BigInt(1_000_000 / unit) + BigInt(fraction.slice(0, digits).padEnd(digits, '0'));
  const micros = sign === '-' ? -size : size;
  const rest = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n;
  return write(Number((micros - rest) / 1000n), String(rest).padStart(6, '0'));
}

const iso = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?)?\s*(Z|[+-]\d\d:?\d\d)?$/i;

function readIso(text: string): LocalTime | undefined {
  const match = iso.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', offset] = match;
  const local = localOf([year, month, day, hour, minute, second].map(Number));
  if (local === undefined) return undefined;
  if (offset === undefined) return { local, fraction };
  return { local, fraction, offset: offsetOf(offset) };
}

function offsetOf(text: string): number {
  if (text.toUpperCase() === 'Z') return 0;
  const [hours, minutes] = [text.slice(1, 3), text.slice(-2)].map(Number) as [number, number];
  return (hours * 60 + minutes) * (text.startsWith('-') ? -60_000 : 60_000);
}

/** undefined for 30 February and the like, which Date.UTC would move on. */
function localOf(parts: readonly number[]): number | undefined {
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = parts;
  const millis = Date.UTC(year, month - 1, day, hour, minute, second);
  const date = new Date(millis);
  const same = date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return same && hour < 24 && minute < 60 && second < 60 ? millis : undefined;
}

const tokens: Record<string, string> = {
  yyyy: '(?<year>\\d{4})',
  MMM: '(?<name>[A-Za-z]{3})',
  MM: '(?<month>\\d{1,2})',
  dd: '(?<day>\\d{1,2})',
  HH: '(?<hour>\\d{1,2})',
  mm: '(?<minute>\\d{1,2})',
  ss: '(?<second>\\d{1,2})',
  S: '(?<fraction>\\d{1,9})',
};
const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

function patternReader(pattern: string): (text: string) => LocalTime | undefined {
  const source = pattern
    .split(/(yyyy|MMM|MM|dd|HH|mm|ss|S+)/)
    .map((part) => tokens[/^S+$/.test(part) ? 'S' : part] ?? part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('');
  if (!/<year>/.test(source) || !/<month>|<name>/.test(source) || !/<day>/.test(source)) {
    throw new CommandFailure(
      `timestamp/format: expected iso, unix, unix_ms or a pattern with yyyy, MM and dd (found: ${pattern}).`,
    );
  }
  const form = new RegExp(`^${source}$`);
  return (text) => {
    const found = form.exec(text)?.groups;
    if (found === undefined) return undefined;
    const month =
      found['name'] === undefined ? Number(found['month']) : months.indexOf(found['name'].toLowerCase()) + 1;
    const clock = [found['hour'], found['minute'], found['second']].map((part) => Number(part ?? 0));
    const local = localOf([Number(found['year']), month, Number(found['day']), ...clock]);
    return local === undefined ? undefined : { local, fraction: found['fraction'] ?? '' };
  };
}

/**
 * How far a zone is ahead of UTC at a local time. In the hour that autumn repeats, the first is meant; in the hour that
 * spring leaves out, the clock had not been put forward.
 */
function zoneOffset(zone: string): (local: number) => number {
  if (zone === 'UTC' || zone === 'Z') return () => 0;
  const ahead = offsetAt(zone);
  let hour = Number.NaN;
  let known = 0;
  return (local) => {
    // Asking Intl takes 2 us; rows of one hour share the answer, for no zone changes within a quarter of an hour.
    const quarter = Math.floor(local / 900_000);
    if (quarter !== hour) {
      hour = quarter;
      const before = ahead(local - 86_400_000);
      const after = ahead(local + 86_400_000);
      // Equal to either guess that reproduces itself; the earlier one first, which is the first of a repeated hour.
      known = ahead(local - before) === before ? before : ahead(local - after) === after ? after : before;
    }
    return known;
  };
}

function offsetAt(zone: string): (utc: number) => number {
  const format = formatOf(zone);
  return (utc) => {
    const parts = Object.fromEntries(format.formatToParts(utc).map(({ type, value }) => [type, Number(value)]));
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
    return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(utc / 1000) * 1000;
  };
}

function formatOf(zone: string): Intl.DateTimeFormat {
  const fields = {
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  } as const;
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23', ...fields });
  } catch {
    throw new CommandFailure(`timestamp/zone: expected a zone such as UTC or Europe/Berlin (found: ${zone}).`);
  }
}
