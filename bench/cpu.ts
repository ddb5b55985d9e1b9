/** Processor time on both sides of the wire: this process, and the server's backends when they run on this machine. */
import { readFile } from 'node:fs/promises';
import type { Client } from 'pg';

/** /proc counts in clock ticks, 100 a second on every Linux that Node runs on. */
const TICK = 10_000;

export interface CpuTime {
  /** Microseconds since the process started. */
  readonly node: number;
  /** Microseconds over the backends of the connected database; null where /proc does not show them. */
  readonly postgres: number | null;
}

async function backendTime(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  if (!stat.includes('(postgres)')) throw new Error(`process ${pid} is not a PostgreSQL backend of this machine`);
  // After the name in brackets: state is field 0, utime 11, stime 12.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK;
}

/** Reads both clocks; `watcher` is connected to another database, `database` is the one under load. */
export async function readCpuTime(watcher: Client, database: string): Promise<CpuTime> {
  const { rows } = await watcher.query<{ pid: number }>('select pid from pg_stat_activity where datname = $1', [
    database,
  ]);
  const { user, system } = process.cpuUsage();
  try {
    const times = await Promise.all(rows.map(({ pid }) => backendTime(pid)));
    return { node: user + system, postgres: times.reduce((sum, time) => sum + time, 0) };
  } catch {
    return { node: user + system, postgres: null };
  }
}
