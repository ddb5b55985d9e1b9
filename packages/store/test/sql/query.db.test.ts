/** Every SQL file is in use, prepares as the application role, and runs: bodies are not checked when they are created. */
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testVersions, useDatabase } from '../../../../test/database.ts';
import { readSqlFolder, readStatement } from '../../src/sql-file.ts';
import { sqlState } from './session.ts';

const nameOf = (file: { name: string }): string => /([a-z_]+)\.sql$/.exec(file.name)?.[1] ?? '';
const queries = readSqlFolder('query').map(nameOf);
const functions = readSqlFolder('function').map(nameOf);

/** All of the package's TypeScript as one text. */
function readSource(folder = new URL('../../src/', import.meta.url)): string {
  return readdirSync(folder, { withFileTypes: true })
    .map((entry) =>
      entry.isDirectory()
        ? readSource(new URL(`${entry.name}/`, folder))
        : readFileSync(new URL(entry.name, folder), 'utf8'),
    )
    .join('\n');
}

const source = readSource();
const sql = ['function', 'view', 'migration', 'query', 'generated'].flatMap((folder) => readSqlFolder(folder));
/** Called by people and by other programs, not by us. */
const forOthers = ['publish_event', 'raise_incarnation'];
/** Called by the conditions of filters, whose SQL TypeScript composes. */
const composed = ['contains_words', 'has_words'];

test.each(queries)('query/%s.sql is read by the library', (name) => {
  expect(source).toContain(`readStatement('${name}')`);
});

test('no query sorts by the text that it makes of a number', () => {
  // `select position::text ... order by position` means the text, where 10 comes before 9; e.position is the number.
  const trapped = readSqlFolder('query').filter(({ text }) => {
    const cast = [...text.matchAll(/\b(?:\w+\.)?(\w+)::text,/g)].map((match) => match[1]);
    const order = /^order by (.+)$/m.exec(text)?.[1]?.split(/,\s*/) ?? [];
    return order.some((term) => cast.includes(term.replace(/( desc)?;?$/, '')));
  });

  expect(trapped.map(({ name }) => name)).toEqual([]);
});

test.each(functions.filter((name) => !forOthers.includes(name)))(
  'function/%s.sql is called by another file',
  (name) => {
    const files = sql.filter((file) => nameOf(file) !== name || file.name.startsWith('query/'));
    const callers = composed.includes(name) ? [source] : files.map(({ text }) => text);

    expect(callers.some((text) => new RegExp(`\\b${name}\\(`).test(text))).toBe(true);
  },
);

/** How each function is called; null where all arguments may be null. Whether it may is shown by its answer alone. */
const calls: Record<string, string | null> = {
  add_log: `p_kind => 'live', p_description => 'x'`,
  make_partitions: `p_tier => 'debug', p_from => '2050-01-01', p_to => '2050-01-02', p_unit => null`,
  raise_log_count: `p_count => 2`,
  read_heads: `p_logs => '{0}', p_live => true`,
  intern_contexts: `p_context_id => '{1}', p_context => '{"{}"}'`,
  make_partitions_ahead: `p_ahead => 1`,
  has_live_events: `p_table => 'events_debug'`,
  refuse_truncate: `p_table => 'telltale.logs'`,
  take_postings: `p_keys => '{5,9}', p_ends => '{2,4}', p_postings => '\\x00010002', p_wanted => '{9,7}'`,
  key_positions: `p_first_position => 1, p_keys => '{5,9}', p_ends => '{2,4}', p_postings => '\\x00010002', p_wanted => '{9,7}'`,
  store_segment: `p_log => 0::smallint, p_first_position => 1, p_last_position => 1024, p_recorded_from => '2026-01-01',
    p_recorded_to => '2026-01-01', p_time_from => '2026-01-01', p_time_to => '2026-01-01', p_prompt_from => '2026-01-01', p_keys => '{5}',
    p_ends => '{2}', p_postings => '\\x0001', p_lengths => '\\x00'`,
  register_event_type: `p_type => to_jsonb(t) || '{"event_type": "x.y", "type_id": 7}'`,
};

/** Refusals are answers too. */
const refusals: Record<string, string> = {
  refuse_analysis: 'TT011',
  get_most_active_devices: 'TT011',
  get_event_hourly_distribution: 'TT011',
  get_device_health_trends: 'TT011',
  get_event_correlations: 'TT002',
  refuse_correlation: 'TT002',
  get_event_difference: 'TT011',
  read_event_selection: 'TT011',
  sample_events: 'TT011',
  raise_floor: 'TT041',
  publish_event: 'TT002',
  refuse_publish: 'TT002',
  refuse_change: '0A000',
  enqueue_event: '23502',
  spend_ticket: '23502',
  create_subscription: '23502',
};

describe.each(testVersions())('on PostgreSQL %i', (version) => {
  const database = useDatabase('query', { version });

  let application: Client;
  let owner: Client;

  beforeAll(async () => {
    application = new Client({
      connectionString: database.url,
      options: '-c role=telltale_application -c search_path=',
    });
    owner = new Client({ connectionString: database.url, options: '-c role=telltale_owner -c search_path=' });
    await Promise.all([application.connect(), owner.connect()]);
  });

  afterAll(() => Promise.all([application.end(), owner.end()]));

  test.each(queries)('query/%s.sql prepares as the application role', async (name) => {
    await application.query(`prepare ${name} as ${readStatement(name).text}`);
  });

  test.each(functions)('function/%s.sql runs', async (name) => {
    const { rows } = await owner.query<{ arguments: string[] | null }>(
      `select array(select format('%I => null::%s', argument, format_type(type, null))
         from unnest(proargnames, proargtypes::oid[]) a (argument, type) where type is not null) as arguments
       from pg_proc where pronamespace = 'telltale'::regnamespace and proname = $1
       -- Of two forms of one name the longer; the shorter calls it.
       order by pronargs desc limit 1`,
      [name],
    );
    expect(rows).toHaveLength(1);
    const given = calls[name] ?? '';
    const rest = (rows[0]?.arguments ?? []).filter((argument) => !given.includes(argument.replace(/null::.*/, '')));
    const list = [...(given === '' ? [] : [given]), ...rest].join(', ');
    const table = name === 'register_event_type' ? `from (select * from telltale.event_types limit 1) t` : '';

    await owner.query('begin');
    const found = await sqlState(owner.query(`select telltale.${name}(${list}) ${table}`));
    await owner.query('rollback');

    expect(found).toBe(refusals[name] ?? 'ok');
  });

  test('what SQL calls for somebody else works whatever their search path is', async () => {
    // The test server's superuser is called telltale, so that its default path has our schema; nobody else's has.
    await application.query(`select telltale.publish_event('device.heartbeat', 'device', $1, '{}')`, [randomUUID()]);
    expect((await application.query('select count(*)::int as waiting from telltale.inbox')).rows).toEqual([
      { waiting: 1 },
    ]);
  });
});
