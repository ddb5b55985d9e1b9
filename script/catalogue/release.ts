/** Freezes schemas: which schema each released version of an event type has, by its SHA-256. */
import { createHash } from 'node:crypto';
import type { EventType } from '@telltale/catalogue';

/** `name@version` -> hex SHA-256 of the schema's canonical JSON (RFC 8785). */
export type Released = Readonly<Record<string, string>>;

/** Every version that the declarations speak of, the current one and those before it. */
export function fingerprintVersions(types: readonly EventType[]): Released {
  const found: Record<string, string> = {};
  for (const type of types) {
    for (const { version, schema } of [...type.previous, type]) {
      found[`${type.name}@${version}`] = fingerprint(schema);
    }
  }
  return found;
}

/** Adds what is new. An entry that is there never changes and never goes; a schema that differs from it is an error. */
export function extendReleased(released: Released, types: readonly EventType[]): Released {
  const found = fingerprintVersions(types);
  const broken = Object.keys(released).filter((key) => released[key] !== found[key]);
  if (broken.length > 0) {
    throw new Error(
      `Expected the released schemas to be as they were (changed or gone: ${broken.join(', ')}). ` +
        'Put the old schema into `previous` with an upcast and raise `version`.',
    );
  }
  return Object.fromEntries(Object.entries(found).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function fingerprint(schema: unknown): string {
  // Through JSON first: TypeBox keeps marks of its own on the object that are no part of the schema.
  const plain: unknown = JSON.parse(JSON.stringify(schema));
  return createHash('sha256').update(JSON.stringify(plain, sortKeys)).digest('hex');
}

/** Keys in the order of their UTF-16 units; the rest of RFC 8785 is how JSON.stringify prints anyway. */
function sortKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
