/** The facts that a figure means nothing without: machine, versions and the server's settings. */
import { cpus, totalmem } from 'node:os';
import type { Client } from 'pg';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memory_gb: number;
  readonly node: string;
  readonly postgres: string;
  readonly settings: Record<string, string>;
  readonly date: string;
}

/** The settings that decide what an append costs. */
const deciding = [
  'fsync',
  'synchronous_commit',
  'full_page_writes',
  'wal_level',
  'wal_sync_method',
  'wal_compression',
  'shared_buffers',
  'max_wal_size',
  'wal_buffers',
  'commit_delay',
  'data_checksums',
  'jit',
];

export async function describeMachine(client: Client): Promise<Machine> {
  const { rows } = await client.query<{ name: string; value: string }>(
    'select name, current_setting(name) as value from pg_settings where name = any($1) order by name',
    [deciding],
  );
  const version = await client.query<{ server_version: string }>('show server_version');
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memory_gb: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    postgres: version.rows[0]?.server_version ?? 'unknown',
    settings: Object.fromEntries(rows.map(({ name, value }) => [name, value])),
    date: new Date().toISOString(),
  };
}
