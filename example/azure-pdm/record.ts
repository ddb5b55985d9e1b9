/** The records of the data set: 100 machines, their errors, component failures and replacements, hour by hour. */
import { readRows } from '../data.ts';

export type Kind = 'machine' | 'error' | 'failure' | 'replacement';

export interface PdmRecord {
  readonly kind: Kind;
  /** Number of the machine, as the files write it. */
  readonly machine: string;
  /** Milliseconds since 1970; the files' hours carry no zone and are taken as UTC. */
  readonly at: number;
  /** `error1` to `error5`, or `comp1` to `comp4`; of a machine, its model. */
  readonly subject: string;
  /** Years, of a machine alone. */
  readonly age: number | null;
}

const files = {
  error: ['PdM_errors.csv', 'errorID'],
  failure: ['PdM_failures.csv', 'failure'],
  replacement: ['PdM_maint.csv', 'comp'],
} as const;

/** What happens in the same hour is told in this order: a replacement answers the failure of its hour. */
const order: readonly Kind[] = ['machine', 'error', 'failure', 'replacement'];

/** All records in order of time. */
export async function readRecords(folder: string): Promise<PdmRecord[]> {
  const happened = (
    await Promise.all([timed(folder, 'error'), timed(folder, 'failure'), timed(folder, 'replacement')])
  ).flat();
  // The machines' file has no time. They were there before anything happened to them: at the first hour of the data.
  const beginning = Math.min(...happened.map((record) => record.at));
  const machines = await readRows<'machineID' | 'model' | 'age'>(folder, 'PdM_machines.csv');
  const known = machines.map(
    (row): PdmRecord => ({
      kind: 'machine',
      machine: row.machineID,
      at: beginning,
      subject: row.model,
      age: Number(row.age),
    }),
  );
  return [...known, ...happened].sort(
    (one, other) =>
      one.at - other.at || order.indexOf(one.kind) - order.indexOf(other.kind) || compareSubject(one, other),
  );
}

async function timed(folder: string, kind: keyof typeof files): Promise<PdmRecord[]> {
  const [file, column] = files[kind];
  const rows = await readRows<'datetime' | 'machineID' | typeof column>(folder, file);
  return rows.map((row) => ({
    kind,
    machine: row.machineID,
    at: Date.parse(`${row.datetime.replace(' ', 'T')}Z`),
    subject: row[column],
    age: null,
  }));
}

/** The rest of the order, so that every run imports the very same sequence: position n stays record n. */
function compareSubject(one: PdmRecord, other: PdmRecord): number {
  return Number(one.machine) - Number(other.machine) || one.subject.localeCompare(other.subject, 'en');
}
