/** Looks, again and again while others write, whether every log is whole in one snapshot. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Session } from './session.ts';

const statement = readFileSync(new URL('find_violations.sql', import.meta.url), 'utf8');

export interface Violation {
  readonly violation: string;
  readonly place: string;
  readonly found: string;
}

/** One look, in a snapshot of its own. */
export async function findViolations(session: Session): Promise<Violation[]> {
  await session.ask('begin isolation level repeatable read read only');
  try {
    return await session.ask<Violation>(statement);
  } finally {
    await session.ask('commit');
  }
}

export interface Watch {
  /** Ends it; answers with how many looks it took and what they found. */
  stop(): Promise<{ looks: number; violations: Violation[] }>;
}

/** Looks until it is stopped. The pause keeps the looks from becoming the load. */
export function watch(session: Session, pause = 100): Watch {
  const ending = new AbortController();
  const violations: Violation[] = [];
  let looks = 0;
  const run = async (): Promise<void> => {
    while (!ending.signal.aborted && violations.length === 0) {
      violations.push(...(await findViolations(session)));
      looks += 1;
      await sleep(pause);
    }
  };
  const running = run();
  running.catch(() => undefined);
  return {
    stop: async () => {
      ending.abort();
      await running;
      return { looks, violations };
    },
  };
}
