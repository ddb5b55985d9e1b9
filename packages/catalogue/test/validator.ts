/** Compiles the schema of an event type the way the store does: ajv, draft 2020-12, strict, formats on. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import type { EventType } from '../src/index.ts';

const ajv = new Ajv2020({ strict: true, allErrors: true });
formats.default(ajv);

/** The pointers of the fields that the schema refuses; none when the data fit. */
export function refusedPointers(type: EventType, data: unknown): string[] {
  const validate = ajv.getSchema(type.name) ?? ajv.compile({ ...type.schema, $id: type.name });
  if (validate(data) === true) return [];
  return [...new Set((validate.errors ?? []).map((error) => error.instancePath))];
}
