/** The settings of the embedded server, and the text of the file that hands them over. */

export type Settings = Readonly<Record<string, string>>;

/** Defaults for a machine that does other work too; ALTER SYSTEM wins over them and survives restarts. */
const defaults: Settings = {
  // 256: four tables of up to 40 partitions with their indexes take some 600 locks in one query, 64 * 100 would do for ten of those at once.
  max_locks_per_transaction: '256',
  shared_buffers: '256MB',
  wal_compression: 'on',
  max_wal_size: '2GB',
  min_wal_size: '256MB',
  checkpoint_timeout: '15min',
  // Compiling takes longer than any of our queries; the planner's cost model cannot tell.
  jit: 'off',
  log_checkpoints: 'off',
  log_line_prefix: '%m [%p] %q%u@%d ',
  log_timezone: 'UTC',
  timezone: 'UTC',
  lc_messages: 'C',
  // The login role is called like our schema, where a table of the user's own would else be made.
  search_path: 'public',
};

/** What an ordinary test gives up: it survives a crash of PostgreSQL, but not of the machine. */
const hasty: Settings = { fsync: 'off', full_page_writes: 'off' };

export function settingFile(chosen: Settings, fsync: boolean): string {
  const settings = { ...defaults, ...(fsync ? {} : hasty), ...chosen };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'`);
  return [
    '# Written by Telltale at every start. For settings of your own use ALTER SYSTEM, which wins.',
    ...lines,
    '',
  ].join('\n');
}
