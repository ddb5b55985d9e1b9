/** Compiles JSON Schemas and turns ajv's first complaint into our sentence: where, what was expected, what was found. */
import { TelltaleError } from '@telltale/catalogue';
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

function makeAjv(): Ajv2020 {
  // `strict` refuses a schema that means less than its author thinks; unknown formats are such a case.
  const made = new Ajv2020({
    strict: true,
    strictTypes: false,
    strictTuples: false,
    allErrors: false,
    verbose: true,
    allowUnionTypes: true,
  });
  addFormats.default(made);
  return made;
}

const ajv = makeAjv();

export type Validate = ValidateFunction;

/**
 * A compiled schema.
 * @throws InvalidEventType when it is no valid JSON Schema (draft 2020-12).
 */
export function compileSchema(schema: object, name: string): Validate {
  try {
    // An instance knows every $id once and for all: the next version of such a schema, or the same read again, needs one
    // of its own, which costs 30 ms.
    return (JSON.stringify(schema).includes('"$id"') ? makeAjv() : ajv).compile(schema);
  } catch (error) {
    throw new TelltaleError(
      'InvalidEventType',
      `${name}: expected a JSON Schema of draft 2020-12 (found: ${(error as Error).message})`,
      { found: schema },
      { cause: error },
    );
  }
}

/** The error for data that a validator refused. `base` is the pointer of the data in the event. */
export function refuseData(validate: Validate, base: string, what: string): TelltaleError {
  const [error] = validate.errors ?? [];
  if (error === undefined)
    return new TelltaleError('InvalidEvent', `${what}: expected data that fits its schema`, { pointer: base });
  const pointer = `${base}${error.instancePath}`;
  const found = shorten(error.data);
  return new TelltaleError(
    'InvalidEvent',
    `${what} at ${pointer || '/'}: expected it ${expectation(error)} (found: ${found})`,
    {
      pointer,
      expected: error.params,
      found: error.data,
    },
  );
}

function expectation(error: ErrorObject): string {
  const params = error.params as Record<string, unknown>;
  switch (error.keyword) {
    case 'additionalProperties':
    case 'unevaluatedProperties':
      return `to have no property ${JSON.stringify(params['additionalProperty'] ?? params['unevaluatedProperty'])}`;
    case 'enum':
      return `to be one of ${JSON.stringify(params['allowedValues'])}`;
    case 'const':
      return `to be ${JSON.stringify(params['allowedValue'])}`;
    default:
      return error.message?.replace(/^must /, 'to ') ?? `to satisfy ${error.keyword}`;
  }
}

function shorten(value: unknown): string {
  const text = describe(value);
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}

/** A value as JSON; what has none (a BigInt, an object that holds itself) must not hide the refusal behind its own. */
function describe(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return typeof value === 'bigint' ? `${value}n` : Object.prototype.toString.call(value);
  }
}
