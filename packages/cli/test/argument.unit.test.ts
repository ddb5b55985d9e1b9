/** Values on the command line: patterns, times, numbers. */
import { describe, expect, test } from 'vitest';
import { moment, refuseInverted, uuid, wholeNumber } from '../src/option.ts';
import { expandNames } from '../src/pattern.ts';
import { makeProgram } from '../src/program.ts';

const fitting = (pattern: string): string[] =>
  expandNames([pattern, 'job.failed'], ['job.failed', 'jobxfailed', 'job.fad']);

describe('a pattern of type names', () => {
  test('stands for all that fits, and a dot for a dot', () => {
    expect(fitting('job.*')).toEqual(['job.failed', 'job.fad']);
    expect(fitting('*.failed')).toEqual(['job.failed']);
    expect(fitting('job.fa*d')).toEqual(['job.failed', 'job.fad']);
    expect(fitting('*')).toHaveLength(3);
  });

  test('of many stars costs no more than one walk through each name', () => {
    expect(() => expandNames(['a*'.repeat(30) + 'b'], ['a'.repeat(5000)])).toThrow(/No event type fits/);
  });

  test('that fits nothing is refused with what may have been meant', () => {
    expect(expandNames(['job.*', 'device.online'], ['job.failed', 'device.online', 'job.queued'])).toEqual([
      'job.failed',
      'device.online',
      'job.queued',
    ]);
    expect(() => expandNames(['job.faild'], ['job.failed'])).toThrow(
      "No event type fits 'job.faild'; did you mean job.failed?",
    );
    expect(() => expandNames(['zzz*'], ['job.failed'])).toThrow(/telltale types lists them/);
  });
});

test('a time is a span before now, or a date', () => {
  const before = Date.now();
  const ago = before - moment('10m').getTime();

  expect(Math.abs(ago - 600_000)).toBeLessThan(5000);
  expect(moment('2026-11-23T10:00:00Z').toISOString()).toBe('2026-11-23T10:00:00.000Z');
  expect(() => moment('ten minutes')).toThrow(/10m, 2h or 3d/);
});

test('a time that ends before it begins is refused', () => {
  const [since, until] = [moment('1h'), moment('2h')];

  expect(() => refuseInverted({ since, until })).toThrow(/--until is before --since/);
  expect(() => refuseInverted({ since: until, until: since })).not.toThrow();
  expect(() => refuseInverted({ since })).not.toThrow();
});

test('numbers and UUIDs are checked', () => {
  expect(wholeNumber(0)('12')).toBe(12);
  for (const text of ['-1', '1.5', 'x', '', '1e3']) expect(() => wholeNumber(0)(text)).toThrow(/whole number/);
  expect(() => wholeNumber(1)('0')).toThrow(/from 1 on/);
  expect(() => wholeNumber(1, 3650)('3651')).toThrow(/from 1 to 3,650/);
  expect(uuid('0192F0C1-7A52-7C3E-9B1A-2F6D0F3C8E11')).toBe('0192f0c1-7a52-7c3e-9b1a-2f6d0f3c8e11');
  expect(() => uuid('press-07')).toThrow(/Expected a UUID/);
});

const commands = makeProgram().commands.map((command) => [command.name(), command] as const);

test('every command of the plan is there', () => {
  const names = commands.map(([name]) => name);

  expect(names).toEqual(
    'start serve token migrate publish import tail search timeline summary chain stats correlate replay snapshot diff types doctor verify'.split(
      ' ',
    ),
  );
});

test.each(commands)('the help of %s ends with examples', (name, command) => {
  let help = '';
  command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();

  expect(help).toContain(`Usage: telltale ${name}`);
  expect(help).toMatch(new RegExp(`Examples:\n( +\\$ .*telltale ${name}.* {3}\\S.*\n)+$`));
});
