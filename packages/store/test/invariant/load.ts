/** What a load needs beside its writers: connections of its own, and somebody who kills the others'. */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { onTestFinished } from 'vitest';
import { observer, type Session } from './session.ts';
import { seededRandom } from './writer.ts';

/**
 * Kills one backend of the database after the other, the observers' excepted, for some milliseconds; on a machine that is
 * busy with other things for as long as it takes until enough has happened. Answers with how many.
 */
export async function killBackends(
  session: Session,
  time: number,
  isEnough: (killed: number) => boolean,
): Promise<number> {
  const random = seededRandom('killer');
  const end = performance.now() + time;
  let killed = 0;
  while (performance.now() < end || (!isEnough(killed) && performance.now() < end + 30_000)) {
    await sleep(60 + random() * 140);
    const rows = await session.ask(
      `select pg_terminate_backend(pid) from (
         select pid from pg_stat_activity
         where datname = current_database() and application_name <> $1 order by random() limit 1) one`,
      [observer],
    );
    killed += rows.length;
  }
  return killed;
}

/** Connections of callers who have transactions of their own. */
export function openPool(url: string): pg.Pool {
  const pool = new pg.Pool({ connectionString: url, max: 8 });
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  onTestFinished(() => pool.end());
  return pool;
}
