/** The mapping file: which files hold what, and how their rows become events. See docs/guide/import.md. */
import { readFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import type { EventInput } from '@telltale/catalogue';
import { uuidv5 } from '@telltale/store';
import { CommandFailure } from '../failure.ts';
import { instantReader, type ReadInstant } from './instant.ts';
import { checkKeys, type Make, type Row, RowFailure, RuleBook } from './rule.ts';

export interface Mapping {
  readonly name: string;
  readonly sources: readonly SourceMapping[];
}

/** One file and how its rows are read. */
export interface SourceMapping {
  readonly path: string;
  readonly format: 'csv' | 'ndjson';
  readonly delimiter: string;
  /** Columns that the rules read. */
  readonly columns: ReadonlySet<string>;
  /** The event of a row, or undefined for a row that the mapping leaves out. @throws RowFailure */
  readonly toEvent: (row: Row) => MappedEvent | undefined;
}

/** An event whose timestamp is six-digit UTC text, which sorts as it stands. */
export interface MappedEvent extends EventInput {
  readonly timestamp: string;
}

/** Fields whose value goes into the event as the rule makes it. */
const plainFields = ['aggregate_type', 'aggregate_id', 'outcome', 'source', 'traceparent', 'schema_version'] as const;
const uuidFields = ['event_id', 'correlation_id', 'causation_id'] as const;
const metadataFields = ['severity', 'impact', 'actor', 'tags', 'request', 'tenant'] as const;
const sourceKeys = [
  'file',
  'format',
  'delimiter',
  'event_type',
  'timestamp',
  'device',
  'data',
  'metadata',
  ...plainFields,
  ...uuidFields,
  ...metadataFields,
];

/** @param files from the command line; they take the place of the files that the mapping names. */
export function readMapping(path: string, files: readonly string[]): Mapping {
  const mapping = parseJson(path);
  const { name, sources, ...shared } = mapping;
  checkKeys(mapping, ['name', 'sources', ...sourceKeys], path);
  if (name !== undefined && (typeof name !== 'string' || name === '')) {
    throw new CommandFailure(`${path}/name: expected a name for the import (found: ${JSON.stringify(name)}).`);
  }
  const listed = sourcesOf(sources, shared, files, path);
  const folder = dirname(path);
  return {
    name: name ?? nameOf(listed[0]?.['file']),
    sources: listed.map((source, index) =>
      compileSource(source, folder, Array.isArray(sources) ? `${path}/sources/${index}` : path),
    ),
  };
}

function parseJson(path: string): Record<string, unknown> {
  const text = readFileSync(path, 'utf8');
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch (error) {
    throw new CommandFailure(`${path} is not JSON (${(error as Error).message}); correct it and try again.`);
  }
  throw new CommandFailure(`${path}: expected a JSON object; docs/guide/import.md shows one.`);
}

function sourcesOf(
  sources: unknown,
  shared: Record<string, unknown>,
  files: readonly string[],
  path: string,
): Record<string, unknown>[] {
  if (sources !== undefined) {
    if (files.length > 0)
      throw new CommandFailure(`${path} names its files under "sources"; leave them out of the command.`, 2);
    if (!Array.isArray(sources) || sources.length === 0)
      throw new CommandFailure(`${path}/sources: expected a list of sources.`);
    return sources.map((source, index) => {
      checkKeys(source as object, sourceKeys, `${path}/sources/${index}`);
      return { ...shared, ...(source as object) };
    });
  }
  if (files.length > 0)
    return files.map((file) => ({ ...shared, file: isAbsolute(file) ? file : join(process.cwd(), file) }));
  if (shared['file'] === undefined)
    throw new CommandFailure(`Nothing to import: name the files in the command, or under "file" in ${path}.`, 2);
  return [shared];
}

function nameOf(file: unknown): string {
  return String(file)
    .replace(/^.*\//, '')
    .replace(/\.[^.]+$/, '');
}

function compileSource(source: Record<string, unknown>, folder: string, path: string): SourceMapping {
  const file = source['file'];
  if (typeof file !== 'string')
    throw new CommandFailure(`${path}/file: expected the path of a file, from the mapping's own folder.`);
  const format = source['format'] ?? (/\.(ndjson|jsonl|json)$/i.test(file) ? 'ndjson' : 'csv');
  if (format !== 'csv' && format !== 'ndjson')
    throw new CommandFailure(`${path}/format: expected csv or ndjson (found: ${JSON.stringify(format)}).`);
  const book = new RuleBook();
  const toEvent = compileEvent(source, book, path);
  const delimiter = source['delimiter'] ?? (/\.tsv$/i.test(file) ? '\t' : ',');
  if (typeof delimiter !== 'string' || delimiter === '')
    throw new CommandFailure(`${path}/delimiter: expected a character such as ";".`);
  return {
    path: isAbsolute(file) ? file : join(folder, file),
    format,
    delimiter,
    columns: book.columns,
    toEvent,
  };
}

function compileEvent(source: Record<string, unknown>, book: RuleBook, path: string): SourceMapping['toEvent'] {
  for (const key of ['event_type', 'timestamp', 'data']) {
    if (source[key] === undefined) throw new CommandFailure(`${path}/${key}: expected a rule for it (found: nothing).`);
  }
  const type = book.compile(source['event_type'], `${path}/event_type`);
  const time = compileTime(source['timestamp'], book, `${path}/timestamp`);
  const data = book.compile(source['data'], `${path}/data`);
  const fields = compileFields(source, book, path);
  const metadata = compileMetadata(source, book, path);
  return (row) => {
    const event_type = type(row);
    // A map that gives null for a value leaves its rows out.
    if (event_type === null || event_type === undefined) return undefined;
    const event: Record<string, unknown> = {
      event_type,
      timestamp: time(row),
      data: data(row),
      metadata: metadata(row),
    };
    for (const [name, make] of fields) {
      const value = make(row);
      if (value !== undefined) event[name] = value;
    }
    return event as unknown as MappedEvent;
  };
}

function compileFields(source: Record<string, unknown>, book: RuleBook, path: string): (readonly [string, Make])[] {
  const plain = plainFields
    .filter((name) => source[name] !== undefined)
    .map((name) => [name, book.compile(source[name], `${path}/${name}`)] as const);
  const ids = uuidFields
    .filter((name) => source[name] !== undefined)
    .map((name) => [name, compileUuid(source[name], book, `${path}/${name}`)] as const);
  const device =
    source['device'] === undefined
      ? []
      : [['device_uuid', compileUuid(source['device'], book, `${path}/device`)] as const];
  return [...plain, ...ids, ...device];
}

function compileMetadata(
  source: Record<string, unknown>,
  book: RuleBook,
  path: string,
): (row: Row) => Record<string, unknown> {
  const own = source['metadata'] === undefined ? () => ({}) : book.compile(source['metadata'], `${path}/metadata`);
  const named = metadataFields.filter((name) => source[name] !== undefined);
  const makes = named.map((name) => [name, book.compile(source[name], `${path}/${name}`)] as const);
  return (row) => {
    const metadata = { ...(own(row) as Record<string, unknown>) };
    for (const [name, make] of makes) {
      const value = make(row);
      if (value !== undefined) metadata[name] = value;
    }
    return metadata;
  };
}

/** UUIDv5 of the URL namespace is where a namespace given as text comes from. */
const urlNamespace = Buffer.from('6ba7b8119dad11d180b400c04fd430c8', 'hex');
const uuidForm = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const bytesOf = (uuid: string): Buffer => Buffer.from(uuid.replaceAll('-', ''), 'hex');

/** A UUID of the row, or UUIDv5 of a namespace and a name that is made of the row: `{ "name": "{id}", "namespace": "..." }`. */
function compileUuid(rule: unknown, book: RuleBook, path: string): Make {
  if (typeof rule === 'string') return book.template(rule, path);
  const { name, namespace } = (rule ?? {}) as { name?: unknown; namespace?: unknown };
  if (typeof name !== 'string' || typeof namespace !== 'string') {
    throw new CommandFailure(`${path}: expected a template that gives a UUID, or { "name": ..., "namespace": ... }.`);
  }
  checkKeys(rule as object, ['name', 'namespace'], path);
  const space = bytesOf(uuidForm.test(namespace) ? namespace : uuidv5(urlNamespace, namespace));
  const make = book.template(name, path);
  return (row) => {
    const text = make(row);
    return text === undefined || text === '' ? undefined : uuidv5(space, text);
  };
}

function compileTime(rule: unknown, book: RuleBook, path: string): (row: Row) => string {
  const { make, read } = timeRule(rule, book, path);
  return (row) => {
    const text = make(row);
    if (text === undefined) throw new RowFailure('timestamp: expected a time (found: nothing)');
    try {
      return read(text);
    } catch (error) {
      throw error instanceof RowFailure ? new RowFailure(`timestamp: ${error.message}`) : error;
    }
  };
}

function timeRule(
  rule: unknown,
  book: RuleBook,
  path: string,
): { make: (row: Row) => string | undefined; read: ReadInstant } {
  if (typeof rule === 'string') return { make: book.template(rule, path), read: instantReader() };
  const { $column: column, format, zone } = (rule ?? {}) as { $column?: unknown; format?: string; zone?: string };
  if (typeof column !== 'string') {
    throw new CommandFailure(`${path}: expected a template, or { "$column": ..., "format": ..., "zone": ... }.`);
  }
  checkKeys(rule as object, ['$column', 'format', 'zone'], path);
  return { make: book.template(`{${column}}`, path), read: instantReader(format, zone) };
}
