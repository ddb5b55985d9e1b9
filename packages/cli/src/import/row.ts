/** The rows of a source file, with the line each begins at and how far into the file it reaches. */
import { createHash, type Hash } from 'node:crypto';
import { Transform } from 'node:stream';
import { nearestNames } from '@telltale/catalogue';
import { parse } from 'csv-parse';
import { CommandFailure } from '../failure.ts';
import { openInput } from '../feed/input.ts';
import { readLines } from '../feed/line.ts';
import type { SourceMapping } from './mapping.ts';
import { type Row, RowFailure } from './rule.ts';

export interface SourceRow {
  readonly line: number;
  readonly row: Row | RowFailure;
}

/** What reading a file tells besides its rows. */
export interface Reading {
  readonly size: number;
  bytes: number;
  readonly hash: Hash;
}

export function beginReading(source: SourceMapping): { reading: Reading; rows: AsyncGenerator<SourceRow> } {
  const input = openInput(source.path);
  const reading: Reading = { size: input.size ?? 0, bytes: 0, hash: createHash('sha256') };
  const watched = new Transform({
    transform(chunk: Buffer, _encoding, done): void {
      reading.bytes += chunk.length;
      reading.hash.update(chunk);
      done(null, chunk);
    },
  });
  input.stream.on('error', (error) => watched.destroy(error));
  const stream = input.stream.pipe(watched);
  return { reading, rows: source.format === 'csv' ? readCsv(source, stream) : readNdjson(stream) };
}

async function* readCsv(source: SourceMapping, stream: Transform): AsyncGenerator<SourceRow> {
  const parser = parse({
    columns: (head: string[]) => checkHead(head, source),
    delimiter: source.delimiter,
    bom: true,
    info: true,
    skip_empty_lines: true,
    relax_column_count: true,
  });
  stream.on('error', (error) => parser.destroy(error));
  stream.pipe(parser);
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: Row; info: CsvInfo }>) {
      yield { line: info.lines, row: info.error === undefined ? record : new RowFailure(info.error.message) };
    }
  } catch (error) {
    if (error instanceof CommandFailure) throw error;
    throw new CommandFailure(`${source.path}: ${(error as Error).message}; correct the file and run the import again.`);
  }
}

interface CsvInfo {
  readonly lines: number;
  /** Set when the row has more or fewer fields than the head. */
  readonly error?: Error;
}

function checkHead(head: string[], source: SourceMapping): string[] {
  const names = head.map((name) => name.trim());
  const missing = [...source.columns].find((column) => !names.includes(column));
  if (missing === undefined) return names;
  const near = nearestNames(missing, names);
  throw new CommandFailure(
    `${source.path} has no column ${missing}; ${near.length > 0 ? `did you mean ${near.join(' or ')}?` : `it has ${names.join(', ')}.`}`,
  );
}

async function* readNdjson(stream: Transform): AsyncGenerator<SourceRow> {
  for await (const lines of readLines(stream)) {
    for (const { number, bytes } of lines) {
      const text = bytes.toString('utf8').trim();
      if (text !== '') yield { line: number, row: parseRow(text) };
    }
  }
}

function parseRow(text: string): Row | RowFailure {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Row;
    return new RowFailure(`expected a JSON object (found: ${text.slice(0, 40)})`);
  } catch (error) {
    return new RowFailure(`expected a JSON object (found: ${(error as Error).message})`);
  }
}
