/** Reads the package's .sql files, which stand beside src and dist alike. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';

const root = new URL('../sql/', import.meta.url);

export interface SqlFile {
  /** Path below sql/, e.g. `function/clock.sql`. */
  readonly name: string;
  readonly text: string;
  /** Hex SHA-256 of the text. */
  readonly checksum: string;
}

/** One file, by its path below sql/. */
export function readSqlFile(name: string): SqlFile {
  const text = readFileSync(new URL(name, root), 'utf8');
  return { name, text, checksum: createHash('sha256').update(text).digest('hex') };
}

/** All .sql files of one folder, by name. */
export function readSqlFolder(folder: string): SqlFile[] {
  return readdirSync(new URL(`${folder}/`, root))
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((file) => readSqlFile(`${folder}/${file}`));
}

export interface Statement {
  /** Name of the prepared statement: the file's name. */
  readonly name: string;
  readonly text: string;
  /** Parameter names in the order of $1, $2, ... */
  readonly parameters: readonly string[];
}

/** A query file as a prepared statement: `:name` becomes `$n`; casts (`::`) and comments are left alone. */
export function readStatement(name: string): Statement {
  const source = readSqlFile(`query/${name}.sql`)
    .text.replace(/^--.*$/gm, '')
    .trim()
    .replace(/;$/, '');
  const parameters: string[] = [];
  const text = source.replace(/(?<!:):([a-z_]+)/g, (_, parameter: string) => {
    const known = parameters.indexOf(parameter);
    return `$${(known < 0 ? parameters.push(parameter) - 1 : known) + 1}`;
  });
  return { name: `telltale_${name}`, text, parameters };
}
