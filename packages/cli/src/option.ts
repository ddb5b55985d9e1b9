/** Options that several commands take, and the checks of their values. */
import { parseFilter, severities, TelltaleError, tiers } from '@telltale/catalogue';
import { InvalidArgumentError, Option } from 'commander';
import { usage } from './failure.ts';

/** A whole number from a lowest one on, up to a highest if there is one. */
export function wholeNumber(lowest: number, highest = Number.MAX_SAFE_INTEGER): (text: string) => number {
  const upTo = highest < Number.MAX_SAFE_INTEGER ? `to ${highest.toLocaleString('en')}` : 'on';
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= lowest && value <= highest) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${lowest} ${upTo}.`);
  };
}

/** Any number above zero. */
export function positiveNumber(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('Expected a number above 0.');
}

const uuidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export function uuid(text: string): string {
  if (uuidForm.test(text)) return text.toLowerCase();
  throw new InvalidArgumentError('Expected a UUID like 0192f0c1-7a52-7c3e-9b1a-2f6d0f3c8e11.');
}

/** Values of an option that may be given again and again. */
export function collect(text: string, values: readonly string[] | undefined): string[] {
  return [...(values ?? []), text];
}

/** A filter of docs/reference/filter.md; checked here, so that the error has the places of what was typed. */
export function filterText(text: string): string {
  try {
    parseFilter(text);
    return text;
  } catch (error) {
    if (error instanceof TelltaleError) throw new InvalidArgumentError(error.message);
    throw error;
  }
}

/** A time as `moment` takes it; one that is given to the microsecond keeps them, which a Date would cut. */
function exactMoment(text: string): Date | string {
  const time = moment(text);
  return /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d\.\d{4,6}(?:[Zz]|[+-]\d\d:?\d\d)$/.test(text) ? text : time;
}

export function momentOption(flag: string, description: string): Option {
  return new Option(`${flag} <time>`, `${description}: a span ago like 10m, 2h, 3d, or a date`).argParser(exactMoment);
}

/** @throws CommandFailure for a time that ends before it begins. */
export function refuseInverted({ since, until }: { since?: Date | string; until?: Date | string }): void {
  if (since === undefined || until === undefined || new Date(since) <= new Date(until)) return;
  throw usage('--until is before --since; a span counts back from now, so --since 2h --until 1h is one hour.');
}

const span = /^(\d+)\s*(s|m|h|d|w)$/;
const spanMillis: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** A time: `10m` ago, or a date with or without a time; one without an offset is local. */
export function moment(text: string): Date {
  const ago = span.exec(text.trim());
  const millis = ago === null ? Date.parse(text) : Date.now() - Number(ago[1]) * (spanMillis[ago[2] ?? ''] ?? 0);
  if (Number.isFinite(millis)) return new Date(millis);
  throw new InvalidArgumentError('Expected a span like 10m, 2h or 3d, or a date like 2026-11-23T10:00:00Z.');
}

export const severityOption = (description: string): Option =>
  new Option('--severity <severity>', description).choices(severities);

export const tierOption = (): Option => new Option('--tier <tier...>', 'only these retention tiers').choices(tiers);

/** Examples at the end of a command's help. */
export function examples(...lines: readonly (readonly [command: string, what: string])[]): string {
  const width = Math.max(...lines.map(([command]) => command.length));
  return ['', 'Examples:', ...lines.map(([command, what]) => `  $ ${command.padEnd(width)}   ${what}`)].join('\n');
}
