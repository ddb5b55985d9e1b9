/** Reads the public data sets that the examples import. They lie beside the checkout and are never copied into it. */
import { createReadStream } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TelltaleError } from '@telltale/catalogue';
import { parse } from 'csv-parse';

/** The folder of one data set: under TELLTALE_DATA, else under `shared/data` beside the checkout. */
export function dataFolder(name: string): string {
  const beside = fileURLToPath(new URL('../../shared/data', import.meta.url));
  return join(process.env['TELLTALE_DATA'] || beside, name);
}

/** Rows of a CSV file with a header, in the order of the file. @throws InvalidArgument when there is no such file. */
export async function readRows<Column extends string>(folder: string, file: string): Promise<Record<Column, string>[]> {
  const path = join(folder, file);
  await access(path).catch(() => {
    throw new TelltaleError(
      'InvalidArgument',
      `expected the data file ${path} (found: nothing); set TELLTALE_DATA to the folder that holds azure-pdm and bgl`,
    );
  });
  const rows: Record<Column, string>[] = [];
  for await (const row of createReadStream(path).pipe(parse({ columns: true }))) {
    rows.push(row as Record<Column, string>);
  }
  return rows;
}
