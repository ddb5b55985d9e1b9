/** A bad declaration of an event type is refused before any database is asked, and says what is wrong with it. */
import { TelltaleError } from '@telltale/catalogue';
import { expect, test } from 'vitest';
import { compileSchema } from '../../src/catalogue/validate.ts';
import { EventStore, type EventTypeRegistration } from '../../src/index.ts';

const good = { name: 'kiln.fired', description: 'A kiln was fired.', schema: { type: 'object' } };

async function refusalOf(registration: object): Promise<TelltaleError> {
  const store = new EventStore({ connection: 'postgres://127.0.0.1:1/none', worker: false });
  const error: unknown = await store
    .registerEventType(registration as EventTypeRegistration)
    .catch((thrown: unknown) => thrown);
  await store.close();
  if (error instanceof TelltaleError) return error;
  throw new Error(`expected a refusal (found: ${String(error)})`);
}

test.each<[string, object, RegExp]>([
  ['a name without a dot', { name: 'kiln' }, /name: expected noun\.verb_past/],
  ['a name in capitals', { name: 'Kiln.Fired' }, /name: expected/],
  ['a name with quotes', { name: `kiln.fired'); drop schema telltale; --` }, /name: expected/],
  ['a name over 100 characters', { name: `kiln.${'x'.repeat(100)}` }, /name: expected at most 100/],
  ['no name', { name: undefined }, /name: expected/],
  ['no description', { description: undefined }, /description: expected text/],
  ['an aggregate with a colon, which shard keys are split by', { aggregate: 'a:b' }, /aggregate: expected lower case/],
  ['an aggregate over 50 characters', { aggregate: 'a'.repeat(51) }, /aggregate: expected/],
  ['a tier of its own', { tier: 'forever' }, /tier: expected one of critical, important, standard, debug/],
  ['a severity of its own', { severity: 'warn' }, /severity: expected one of/],
  ['a category of its own', { category: 'misc' }, /category: expected one of/],
  ['version 0', { version: 0 }, /version: expected a whole number from 1/],
  ['version 1.5', { version: 1.5 }, /version: expected/],
  ['version 32768', { version: 32_768 }, /version: expected/],
  ['half a day', { days: 0.5 }, /days: expected a whole number of days/],
  ['a critical type that is kept a year', { tier: 'critical', days: 365 }, /days: expected at least 2,555/],
  ['no schema', { schema: undefined }, /expected a JSON Schema of draft 2020-12/],
  ['a schema that is text', { schema: 'object' }, /expected a JSON Schema of draft 2020-12/],
  ['a schema with a type that JSON has not', { schema: { type: 'date' } }, /expected a JSON Schema/],
  [
    'a schema with a misspelt keyword',
    { schema: { type: 'object', propertys: {} } },
    /expected a JSON Schema.*propertys/s,
  ],
  [
    'a schema with a format that nobody checks',
    { schema: { type: 'string', format: 'postcode' } },
    /expected a JSON Schema.*postcode/s,
  ],
  ['a schema with a pattern that is none', { schema: { type: 'string', pattern: '(' } }, /expected a JSON Schema/],
  [
    'a schema that refers to another place',
    { schema: { $ref: 'https://example.org/schema.json' } },
    /expected a JSON Schema.*example\.org/s,
  ],
  ['a schema that refers to a file', { schema: { $ref: 'file:///etc/passwd' } }, /expected a JSON Schema/],
  ['a schema that refers to nothing in it', { schema: { $ref: '#/$defs/none' } }, /expected a JSON Schema/],
  [
    'a schema of a draft that it is not',
    { schema: { $schema: 'http://json-schema.org/draft-04/schema#', type: 'object' } },
    /expected a JSON Schema/,
  ],
  [
    'a valid example that is not',
    { valid: [{ a: 1 }], schema: { type: 'object', maxProperties: 0 } },
    /expected every valid example to pass/,
  ],
  [
    'an invalid example that is valid',
    { invalid: [{ data: {}, pointer: '' }] },
    /expected every invalid example to be refused/,
  ],
])('%s is refused', async (_what, more, message) => {
  expect(await refusalOf({ ...good, ...more })).toMatchObject({
    code: 'InvalidEventType',
    message: expect.stringMatching(message),
  });
});

test('the good declaration that all these were made of gets as far as the database', async () => {
  expect((await refusalOf(good)).code).toBe('ConnectionFailed');
});

const identified = (maximum: number): object => ({
  $id: 'https://example.org/kiln',
  type: 'object',
  properties: { celsius: { type: 'number', maximum } },
});

test('a schema with an $id compiles as often as it is read, also beside another of that $id', () => {
  expect(compileSchema(identified(10), 'kiln.fired@1')({ celsius: 20 })).toBe(false);
  expect(compileSchema(identified(10), 'kiln.fired@1')({ celsius: 20 })).toBe(false);
  expect(compileSchema(identified(30), 'kiln.fired@2')({ celsius: 20 })).toBe(true);
});

test('a schema that refers to itself and to its own definitions is fine', () => {
  const validate = compileSchema(
    {
      type: 'object',
      properties: { child: { $ref: '#' }, at: { $ref: '#/$defs/time' } },
      $defs: { time: { type: 'string', format: 'date-time' } },
    },
    'tree.grown',
  );

  expect(validate({ child: { child: { at: '2026-11-23T10:00:00Z' } } })).toBe(true);
  expect(validate({ child: { child: { at: 'now' } } })).toBe(false);
});
