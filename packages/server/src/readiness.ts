/** Whether the server does its work: asks everything it stands on, each within a time, and remembers for a moment. */
import { setTimeout as sleep } from 'node:timers/promises';
import { TelltaleError } from '@telltale/catalogue';
import type { AnyEventStore } from '@telltale/store';
import type { ReadyOptions } from './option.ts';

/** Longest that one of them is waited for, in milliseconds. */
const patience = 2000;

/** How long an answer is kept: whoever asks without a token must not keep the database busy. */
const keep = 500;

export interface Check {
  readonly status: 'ok' | 'failed';
  /** What was found, and what to do; only of one that failed. */
  readonly detail?: string;
}

export interface Readiness {
  readonly status: 'ok' | 'failed';
  readonly checks: Record<string, Check>;
}

/** Ends well, or fails with what to say. */
export type Probe = () => Promise<void> | void;

export class ReadinessChecks {
  readonly #probes = new Map<string, Probe>();
  #last: { readonly at: number; readonly answer: Promise<Readiness> } | undefined;

  add(name: string, probe: Probe): void {
    this.#probes.set(name, probe);
  }

  read(): Promise<Readiness> {
    const now = performance.now();
    if (this.#last === undefined || now - this.#last.at > keep) this.#last = { at: now, answer: this.#ask() };
    return this.#last.answer;
  }

  async #ask(): Promise<Readiness> {
    const names = [...this.#probes.keys()];
    const found = await Promise.all([...this.#probes.values()].map((probe) => check(probe)));
    const checks = Object.fromEntries(names.map((name, index) => [name, found[index] as Check]));
    return { status: found.every(({ status }) => status === 'ok') ? 'ok' : 'failed', checks };
  }
}

async function check(probe: Probe): Promise<Check> {
  const ended = new AbortController();
  const late = sleep(patience, undefined, { signal: ended.signal, ref: false }).then(
    () => {
      throw new TelltaleError('StatementTimeout', `expected an answer within ${patience} ms (found: none)`);
    },
    () => undefined,
  );
  try {
    await Promise.race([(async () => probe())(), late]);
    return { status: 'ok' };
  } catch (error) {
    return { status: 'failed', detail: detailOf(error) };
  } finally {
    ended.abort();
  }
}

/** Anybody may ask, so what a driver says, with addresses and users, stays here. */
function detailOf(error: unknown): string {
  const code = error instanceof TelltaleError ? error.code : 'InternalError';
  const said: Partial<Record<string, string>> = {
    ConnectionFailed: 'PostgreSQL cannot be reached',
    StatementTimeout: 'PostgreSQL does not answer in time',
    QueryTooExpensive: 'PostgreSQL does not answer in time',
    NotMigrated: 'the schema is not there or lacks migrations: run telltale migrate',
    SchemaTooNew: 'the schema is of a newer version: upgrade this process',
  };
  return said[code] ?? (error instanceof NotReady ? error.message : 'it failed; the log of PostgreSQL may say why');
}

/** What a probe fails with when it knows what to say to anybody. */
class NotReady extends Error {}

/** Whether the database answers and fits, and whether what is built behind the log keeps up. */
export function probeStore(checks: ReadinessChecks, store: AnyEventStore, ready: ReadyOptions): void {
  checks.add('database', async () => {
    await store.monitor.checkSchema().catch((error: unknown) => {
      if (!isSchema(error)) throw error;
    });
  });
  checks.add('schema', () => store.monitor.checkSchema());
  checks.add('worker', async () => {
    const { logs, inbox, tiersAtEnd } = await store.monitor.readBacklog();
    if (logs.some(({ segments }) => segments > ready.indexLag)) {
      throw new NotReady(`the index of searches is more than ${ready.indexLag} events behind: is a worker running?`);
    }
    if (logs.some(({ deviceCounts }) => deviceCounts > ready.indexLag)) {
      throw new NotReady(`the counts of devices are more than ${ready.indexLag} events behind: is a worker running?`);
    }
    if (inbox.oldestSeconds > ready.inboxSeconds) {
      throw new NotReady(`events of transactions wait for more than ${ready.inboxSeconds} s: is a worker running?`);
    }
    if (tiersAtEnd.length > 0) {
      throw new NotReady(`no partition is made ahead for events that are ${tiersAtEnd[0]}: is a worker running?`);
    }
  });
}

/** Whether the live streams keep up; 0 while nobody follows. */
export function probeLive(checks: ReadinessChecks, behindSeconds: () => number, { liveSeconds }: ReadyOptions): void {
  checks.add('live', () => {
    if (behindSeconds() > liveSeconds) throw new NotReady(`the live streams are more than ${liveSeconds} s behind`);
  });
}

const isSchema = (error: unknown): boolean =>
  error instanceof TelltaleError && (error.code === 'NotMigrated' || error.code === 'SchemaTooNew');
