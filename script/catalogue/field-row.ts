/** Reads the fields of a JSON Schema as rows that a person can read. */

export interface FieldRow {
  /** `a.b`, `list[].c`, `*` for any key. */
  readonly field: string;
  readonly required: boolean;
  readonly meaning: string;
  /** JSON pointer in the manner of `personal`. */
  readonly pointer: string;
}

export interface Schema {
  readonly type?: string;
  readonly format?: string;
  readonly pattern?: string;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
}

/** One row a field, nested ones behind their owner. */
export function readFieldRows(schema: Schema, field = '', pointer = ''): FieldRow[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, inner]) => {
    const here = field === '' ? key : `${field}.${key}`;
    const at = `${pointer}/${key}`;
    const row = {
      field: here,
      required: schema.required?.includes(key) ?? false,
      meaning: meaningOf(inner),
      pointer: at,
    };
    return [row, ...readFieldRows(inner, here, at), ...readFieldRows(inner.items ?? {}, `${here}[]`, `${at}/*`)];
  });
}

/** Whether the object takes fields beyond the declared ones. */
export function isOpen(schema: Schema): boolean {
  return schema.additionalProperties !== false;
}

/** The fields of which one must be there, for a schema that says so. */
export function readAlternatives(schema: Schema): string[] {
  return (schema.anyOf ?? []).flatMap((branch) => branch.required ?? []);
}

function meaningOf(schema: Schema): string {
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (schema.anyOf !== undefined && schema.type === undefined) return unique(schema.anyOf.map(meaningOf)).join(' or ');
  if (schema.type === 'array') return `list of ${meaningOf(schema.items ?? {})}`;
  if (schema.type === 'object') return meaningOfObject(schema);
  return [schema.format ?? schema.type ?? 'any', ...limitsOf(schema)].join(', ');
}

function meaningOfObject(schema: Schema): string {
  if (typeof schema.additionalProperties === 'object') return `object of ${meaningOf(schema.additionalProperties)}`;
  return 'object';
}

function limitsOf(schema: Schema): string[] {
  const limits: string[] = [];
  if (schema.pattern !== undefined) limits.push(`\`${schema.pattern.replaceAll('|', String.raw`\|`)}\``);
  if (schema.exclusiveMinimum !== undefined) limits.push(`> ${schema.exclusiveMinimum}`);
  if (schema.minimum !== undefined) limits.push(`>= ${schema.minimum}`);
  if (schema.maximum !== undefined && schema.maximum < Number.MAX_SAFE_INTEGER) limits.push(`<= ${schema.maximum}`);
  if (schema.minLength !== undefined) limits.push('not empty');
  if (schema.maxLength !== undefined) limits.push(`at most ${schema.maxLength} characters`);
  return limits;
}

function unique(items: readonly string[]): string[] {
  return [...new Set(items)];
}
