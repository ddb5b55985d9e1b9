/** What a declaration says about its fields (personal, summary, state) is true of its schema. */
import { describe, expect, test } from 'vitest';
import type { Schema } from '../../../script/catalogue/field-row.ts';
import { aggregates, catalogue, type EventType, parsePointer, summarize } from '../src/index.ts';

const types: readonly EventType[] = catalogue;

/** The schema of the field that the pointer names, or undefined when the schema declares none there. */
function declared(schema: Schema | undefined, tokens: readonly string[]): Schema | undefined {
  const [token, ...rest] = tokens;
  if (schema === undefined || token === undefined) return schema;
  const items = token === '*' ? schema.items : undefined;
  return declared(items ?? Object.entries(schema.properties ?? {}).find(([key]) => key === token)?.[1], rest);
}

function has(type: EventType, pointer: string): boolean {
  return declared(type.schema, parsePointer(pointer)) !== undefined;
}

const fieldsIn = (template: string): string[] => [...template.matchAll(/\{([^}]*)\}/g)].map((match) => match[1] ?? '');
const alternativesIn = (template: string): string[] => fieldsIn(template).flatMap((field) => field.split('|'));

/** The parts of a device's state. */
const roots = [
  'apps',
  'backup',
  'connectivity',
  'containers',
  'current_state',
  'device',
  'firmware',
  'health',
  'images',
  'jobs',
  'maintenance',
  'networks',
  'reconciliation',
  'security',
  'sensors',
  'tags',
  'target_state',
  'volumes',
];

describe.each(types)('$name', (type) => {
  test.each(type.personal.map((pointer) => [pointer]))('declares the personal field %s', (pointer) => {
    expect(has(type, pointer)).toBe(true);
  });

  test('has a summary of declared fields, none of them personal', () => {
    for (const field of alternativesIn(type.summary)) {
      const pointer = `/${field.replaceAll('.', '/')}`;
      expect(has(type, pointer), field).toBe(true);
      expect(type.personal, field).not.toContain(pointer);
    }
  });

  test('has a summary that every valid example fills', () => {
    for (const data of type.valid) expect(summarize(type, data)).not.toMatch(/[?{}[\]]/);
  });

  test('changes the state from declared fields, at a path of declared fields', () => {
    for (const change of type.state) {
      const from = 'from' in change ? [change.from].flat().filter((source) => !source.startsWith('$')) : [];
      for (const source of from) expect(has(type, source), source).toBe(true);
      for (const field of alternativesIn(change.path)) expect(has(type, `/${field}`), field).toBe(true);
      expect(roots).toContain(parsePointer(change.path)[0]);
    }
  });

  test('has words and an icon for people', () => {
    expect(type.description).toMatch(/^[A-Z].*\.$/);
    expect(type.icon).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
  });

  test('has versions that count up to the current one', () => {
    expect([...type.previous, type].map(({ version }) => version)).toEqual(
      Array.from({ length: type.version }, (_, index) => index + 1),
    );
  });
});

test('together the types change every part of the state', () => {
  const changed = types.flatMap((type) => type.state.map((change) => parsePointer(change.path)[0] ?? ''));
  expect([...new Set(changed)].sort()).toEqual(roots);
});

test('fields that name people, addresses or places are marked personal wherever they occur', () => {
  const telling =
    /(^|_)(ip|ip_address|mac_address|location|ssid|owner|owner_name|user_agent)$|_by$|^grantee_(id|name)$/;
  const unmarked = types.flatMap((type) =>
    Object.keys((type.schema as Schema).properties ?? {})
      .filter((field) => telling.test(field) && !type.personal.includes(`/${field}`))
      .map((field) => `${type.name} ${field}`),
  );
  // Where a backup lies, and which part set off a test, are not about a person.
  expect(unmarked).toEqual(['device.diagnostics_run triggered_by', 'device.backup_created location']);
});

test('aggregate types are named once and described', () => {
  expect(new Set(aggregates.map(({ name }) => name)).size).toBe(aggregates.length);
  for (const { description } of aggregates) expect(description).toMatch(/^[A-Z].*\.$/);
});
