/** Holds replies against the shapes that their routes declare. */
import type { Route } from '@telltale/protocol';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

const ajv = new Ajv2020({ strict: false, allErrors: true });
(addFormats as unknown as (ajv: unknown) => void)(ajv);

/** What is wrong with a reply of the route; nothing, where all is well. */
export function faultsOf({ shape }: Route, reply: unknown): string[] {
  const validate = ajv.compile(JSON.parse(JSON.stringify(shape.reply)) as object);
  if (validate(reply)) return [];
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}
