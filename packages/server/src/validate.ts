/** Validates requests by the shapes of their routes: bodies as they are, everything from a URL after coercion. */
import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import type { FastifySchemaCompiler } from 'fastify';

const formats = addFormats as unknown as (ajv: unknown) => void;
const Validator = Ajv as unknown as typeof import('ajv').Ajv;

export function makeValidatorCompiler(): FastifySchemaCompiler<object> {
  const body = new Validator({ strict: false, allErrors: false, addUsedSchema: false });
  const text = new Validator({ strict: false, allErrors: false, coerceTypes: 'array', addUsedSchema: false });
  for (const ajv of [body, text]) formats(ajv);
  return ({ schema, httpPart }) => (httpPart === 'body' ? body : text).compile(schema);
}
