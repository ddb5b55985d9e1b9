/** Looks an installation over: server, settings that matter, partitions ahead, log heads, inbox and quarantine. */
import { type Tier, tiers } from '@telltale/catalogue';
import type { Database } from './database/database.ts';
import { formatTime, postgresEpoch } from './event/time.ts';
import { planMigration } from './migrate/plan.ts';
import { listPartitions } from './partition/partition.ts';
import { readLogPosition } from './read/position.ts';
import { readStatement } from './sql-file.ts';

const readServer = readStatement('read_server');
const readInboxDepth = readStatement('read_inbox_depth');
const listQuarantine = readStatement('list_quarantine');
const readIndexLag = readStatement('read_index_lag');

export interface Finding {
  /** `ok`, `warning`: works but should be mended, `error`: does not work. */
  readonly level: 'ok' | 'warning' | 'error';
  readonly subject: string;
  /** What was found, and for a warning or error what to do. */
  readonly message: string;
}

export interface LogReport {
  readonly log: number;
  readonly kind: string;
  readonly head: number;
  readonly recordedAt: string | null;
  readonly live: Record<Tier, number>;
  /** Positions that the index of searches, and the counts of devices, do not have yet: a read looks at these one by one. */
  readonly lag: { readonly segments: number; readonly deviceCounts: number };
}

export interface Diagnosis {
  readonly findings: Finding[];
  readonly logs: LogReport[];
  readonly quarantine: { inbox_id: string; code: string; reason: string; quarantined_at: string }[];
}

interface Server {
  version: number;
  version_text: string;
  settings: Record<string, string>;
  superuser: boolean;
  role: string;
}

export async function diagnose(database: Database): Promise<Diagnosis> {
  const [server] = (await database.query<Server>(readServer)) as [Server];
  const findings = [...checkServer(server), await checkSchema(database)];
  if (findings.some((finding) => finding.subject === 'schema' && finding.level === 'error')) {
    return { findings, logs: [], quarantine: [] };
  }
  const position = await readLogPosition(database);
  findings.push(...checkPartitions(await listPartitions(database), position.clock), await checkInbox(database));
  const lags = await readLags(database);
  findings.push(...checkIndex([...lags.values()]));
  const quarantine = await database.query<Diagnosis['quarantine'][number]>(listQuarantine, [20]);
  const logs = position.logs.map((log) => ({
    log: log.log,
    kind: log.kind,
    head: log.position,
    recordedAt: log.recorded_at === null ? null : formatTime(log.recorded_at + postgresEpoch),
    live: Object.fromEntries(
      tiers.map((tier, index) => [
        tier,
        (log.tiers[index] ?? 0) - (log.floors.find((floor) => floor.tier === index)?.tier_position ?? 0),
      ]),
    ) as Record<Tier, number>,
    lag: lags.get(log.log) ?? { segments: 0, deviceCounts: 0 },
  }));
  return {
    findings,
    logs,
    quarantine: quarantine.map((row) => ({ ...row, quarantined_at: formatTime(Number(row.quarantined_at)) })),
  };
}

function checkServer({ version, version_text: text, settings, superuser, role }: Server): Finding[] {
  const on = (name: string): boolean => settings[name] === 'on';
  return [
    version >= 150_000
      ? { level: 'ok', subject: 'server', message: `PostgreSQL ${text}` }
      : { level: 'error', subject: 'server', message: `expected PostgreSQL 15 or later (found: ${text})` },
    on('fsync')
      ? { level: 'ok', subject: 'fsync', message: 'on' }
      : {
          level: 'error',
          subject: 'fsync',
          message: 'expected on (found: off); a power cut would lose acknowledged events',
        },
    settings['synchronous_commit'] === 'off'
      ? {
          level: 'warning',
          subject: 'synchronous_commit',
          message: 'expected on (found: off); appends switch it on for themselves, your own transactions do not',
        }
      : { level: 'ok', subject: 'synchronous_commit', message: settings['synchronous_commit'] ?? '' },
    Number(settings['max_locks_per_transaction']) >= 128
      ? { level: 'ok', subject: 'max_locks_per_transaction', message: settings['max_locks_per_transaction'] ?? '' }
      : {
          level: 'warning',
          subject: 'max_locks_per_transaction',
          message: `expected 128 or more, for queries over all partitions of all tiers (found: ${settings['max_locks_per_transaction']})`,
        },
    superuser
      ? {
          level: 'warning',
          subject: 'role',
          message: `expected telltale_application (found: ${role}, a superuser); nothing holds a superuser back`,
        }
      : { level: 'ok', subject: 'role', message: role },
  ];
}

async function checkSchema(database: Database): Promise<Finding> {
  try {
    const plan = await planMigration(database);
    const files = plan.files.length + plan.obsolete.length;
    const open = plan.migrations.length + files;
    return open === 0
      ? { level: 'ok', subject: 'schema', message: 'up to date' }
      : {
          level: plan.migrations.length > 0 ? 'error' : 'warning',
          subject: 'schema',
          message: `expected nothing to migrate (found: ${plan.migrations.length} migrations and ${files} files); run telltale migrate`,
        };
  } catch (error) {
    return { level: 'error', subject: 'schema', message: (error as Error).message };
  }
}

function checkPartitions(partitions: Awaited<ReturnType<typeof listPartitions>>, clock: number): Finding[] {
  const present = formatTime(clock + postgresEpoch);
  return tiers.map((tier): Finding => {
    const own = partitions.filter((partition) => partition.tier === tier);
    const ahead = own.filter((partition) => partition.from > present).length;
    const subject = `partitions of ${tier}`;
    const detaching = own.find((partition) => partition.detaching);
    if (detaching !== undefined) {
      return {
        level: 'warning',
        subject,
        message: `${detaching.name} is half detached; a maintenance run finishes it`,
      };
    }
    return ahead > 0
      ? { level: 'ok', subject, message: `${own.length}, ${ahead} ahead` }
      : {
          level: 'warning',
          subject,
          message: `expected one ahead of ${present} (found: none); any running process makes it, or run telltale migrate`,
        };
  });
}

/** A minute: far above the mover's pause of a quarter second. */
const staleInbox = 60_000;

async function checkInbox(database: Database): Promise<Finding> {
  const [depth] = (await database.query<{ waiting: string; oldest_ms: string | null; quarantined: string }>(
    readInboxDepth,
  )) as [{ waiting: string; oldest_ms: string | null; quarantined: string }];
  const message = `${depth.waiting} waiting, ${depth.quarantined} quarantined`;
  if (Number(depth.oldest_ms ?? 0) > staleInbox) {
    return {
      level: 'warning',
      subject: 'inbox',
      message: `${message}; expected none older than a minute: is a process with a worker running?`,
    };
  }
  if (depth.quarantined !== '0') {
    return { level: 'warning', subject: 'inbox', message: `${message}; mend their cause, then replay them` };
  }
  return { level: 'ok', subject: 'inbox', message };
}

/** Ten seconds of 10,000 events a second: a worker that runs is never so far behind; reading them takes half a second. */
const staleIndex = 100_000;

type Lag = LogReport['lag'];

async function readLags(database: Database): Promise<Map<number, Lag>> {
  const rows = await database.query<{ log: number; segments: string; device_counts: string }>(readIndexLag);
  return new Map(
    rows.map((row) => [row.log, { segments: Number(row.segments), deviceCounts: Number(row.device_counts) }]),
  );
}

function checkIndex(lags: readonly Lag[]): Finding[] {
  const parts: [string, (lag: Lag) => number][] = [
    ['index', (lag) => lag.segments],
    ['device counts', (lag) => lag.deviceCounts],
  ];
  return parts.map(([subject, behindOf]): Finding => {
    const behind = lags.reduce((sum, lag) => sum + behindOf(lag), 0);
    const message = `${behind.toLocaleString('en')} positions behind the logs`;
    if (behind <= staleIndex) return { level: 'ok', subject, message };
    return {
      level: 'warning',
      subject,
      message: `${message}; expected at most ${staleIndex.toLocaleString('en')}: reads stay exact and grow slow; is a process with a worker running?`,
    };
  });
}
