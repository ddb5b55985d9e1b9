/** Mapping files: what they make of a row, and how they say what is wrong with them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Mapping, readMapping } from '../src/import/mapping.ts';
import { type Row, RuleBook } from '../src/import/rule.ts';

function mappingOf(value: unknown, files: readonly string[] = ['rows.csv']): Mapping {
  const folder = mkdtempSync(join(tmpdir(), 'telltale-mapping-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'mapping.json');
  writeFileSync(path, typeof value === 'string' ? value : JSON.stringify(value));
  return readMapping(path, files);
}

const base = { event_type: 'device.alert_triggered', timestamp: '{time}', data: { alert_name: '{alert}' } };
const row: Row = { time: '2015-01-04 06:00:00', alert: 'error1', machine: '17', level: 'FATAL', empty: '' };

const eventOf = (rules: object): unknown => mappingOf({ ...base, ...rules }).sources[0]?.toEvent(row);

const typedBy = (map: object): unknown => eventOf({ event_type: { $column: 'level', map } });
const make = (rule: unknown, values: Row): unknown => new RuleBook().compile(rule, '/data')(values);

describe('a row becomes an event', () => {
  test('with its device as UUIDv5 of a namespace and its name', () => {
    const event = eventOf({ device: { name: '{machine}', namespace: 'https://example.org/pdm' } });

    // Computed with Python: uuid5(uuid5(NAMESPACE_URL, 'https://example.org/pdm'), '17').
    expect(event).toMatchObject({ device_uuid: '2a6f2f65-eb06-595a-a6f5-2b590abe4a02' });
  });

  test('with severity, tags, actor and further metadata where the log looks for them', () => {
    const event = eventOf({
      severity: { $column: 'level', map: { FATAL: 'critical' }, otherwise: 'info' },
      tags: { machine: '{machine}', nothing: '{empty}' },
      actor: { type: 'system', id: 'importer' },
      metadata: { source: { service: 'scada', version: '1', environment: 'import' } },
      outcome: 'failure',
    });

    expect(event).toEqual({
      event_type: 'device.alert_triggered',
      timestamp: '2015-01-04T06:00:00.000000Z',
      data: { alert_name: 'error1' },
      outcome: 'failure',
      metadata: {
        severity: 'critical',
        tags: { machine: '17' },
        actor: { type: 'system', id: 'importer' },
        source: { service: 'scada', version: '1', environment: 'import' },
      },
    });
  });

  test('of a type that a column decides, and of none where the map says null', () => {
    expect(typedBy({ FATAL: 'device.health_degraded' })).toMatchObject({ event_type: 'device.health_degraded' });
    expect(typedBy({ FATAL: null })).toBeUndefined();
    expect(() => typedBy({ INFO: null })).toThrow('level: expected one of INFO (found: FATAL)');
  });
});

describe('a rule', () => {
  test.each([
    [{ $column: 'n', as: 'number' }, { n: '12.5' }, 12.5],
    [{ $column: 'n', as: 'integer' }, { n: '12' }, 12],
    [{ $column: 'n', as: 'boolean' }, { n: 'Yes' }, true],
    [{ $column: 'n', as: 'json' }, { n: '{"a":[1]}' }, { a: [1] }],
    [{ $column: 'n', otherwise: 'none' }, { n: '' }, 'none'],
    [{ $column: 'n' }, { n: '' }, undefined],
    [{ $column: 'a.b' }, { a: { b: 7 } }, 7],
    [{ $column: 'a.b' }, { 'a.b': 8, a: { b: 7 } }, 8],
    ['{a} of {b}', { a: 'x', b: '' }, 'x of '],
    ['{{{a}}}', { a: 'x' }, '{x}'],
    [['{a}', '{b}', 3], { a: 'x', b: '' }, ['x', 3]],
    [null, {}, null],
  ])('%j makes of %j what it says', (rule, values, expected) => {
    expect(make(rule, values)).toEqual(expected);
  });

  test.each([
    [{ $column: 'n', as: 'number' }, 'n: expected a number (found: x)'],
    [{ $column: 'n', as: 'integer' }, 'n: expected a whole number (found: x)'],
    [{ $column: 'n', as: 'boolean' }, 'n: expected true or false (found: x)'],
    [{ $column: 'n', as: 'json' }, 'n: expected JSON (found: x)'],
  ])('%j refuses what is none', (rule, message) => {
    expect(() => make(rule, { n: 'x' })).toThrow(message);
  });

  test('gives text without braces back as it is, and text with doubled braces with single ones', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const escaped = text.replaceAll('{', '{{').replaceAll('}', '}}');

        expect(make(escaped, {})).toBe(text);
      }),
    );
  });
});

describe('a mapping file says what is wrong with it:', () => {
  test.each([
    ['not JSON', '{', /is not JSON/],
    ['no object', '[]', /expected a JSON object/],
    ['an unknown key', { ...base, devise: 'x' }, /devise: expected one of/],
    ['no type', { timestamp: 'x', data: {} }, /event_type: expected a rule/],
    ['no time', { event_type: 'x', data: {} }, /timestamp: expected a rule/],
    ['an open brace', { ...base, data: { a: '{x' } }, /expected a } behind the {/],
    ['an unknown conversion', { ...base, data: { a: { $column: 'x', as: 'date' } } }, /expected one of text, number/],
    ['an unknown key of a column', { ...base, data: { a: { $column: 'x', mpa: {} } } }, /mpa: expected one of/],
    ['a device of no form', { ...base, device: { name: 'x' } }, /device: expected a template/],
    ['a format', { ...base, format: 'xml' }, /expected csv or ndjson/],
    ['an empty list of sources', { sources: [] }, /sources/],
  ])('%s', (_what, value, message) => {
    const files = typeof value === 'object' && 'sources' in value ? [] : ['rows.csv'];

    expect(() => mappingOf(value, files)).toThrow(message);
  });

  test('no files at all', () => {
    expect(() => mappingOf(base, [])).toThrow(/Nothing to import/);
  });

  test('files in the command that it names itself', () => {
    expect(() => mappingOf({ sources: [{ ...base, file: 'a.csv' }] })).toThrow(/leave them out of the command/);
  });
});

test('sources share what the mapping says once, and may say it otherwise', () => {
  const { sources, name } = mappingOf(
    {
      ...base,
      name: 'two',
      sources: [{ file: 'a.csv' }, { file: 'b.ndjson', data: { alert_name: 'b' }, timestamp: '2014-01-01' }],
    },
    [],
  );

  expect(name).toBe('two');
  expect(sources.map(({ format }) => format)).toEqual(['csv', 'ndjson']);
  expect(sources[0]?.toEvent(row)).toMatchObject({ data: { alert_name: 'error1' } });
  expect(sources[1]?.toEvent(row)).toMatchObject({
    data: { alert_name: 'b' },
    timestamp: '2014-01-01T00:00:00.000000Z',
  });
  expect([...(sources[0]?.columns ?? [])].sort()).toEqual(['alert', 'time']);
});
