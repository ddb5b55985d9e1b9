/** `telltale migrate --check`: every difference between a live catalog and the schema of this version is found. */
import pg from 'pg';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createDatabase, testVersions, useDatabase } from '../../../../test/database.ts';
import { checkDrift, type Manifest, migrate, readSchemaManifest } from '../../src/index.ts';
import { readSqlFile } from '../../src/sql-file.ts';
import { ask } from './session.ts';

/** What somebody may have done by hand, and the object that must be named. */
const changes: { what: string; sql: string; object: string }[] = [
  {
    what: 'a function with another body',
    sql: `create or replace function telltale.clock() returns timestamptz language sql volatile parallel safe return now()`,
    object: 'function clock()',
  },
  {
    what: 'a function that works as its caller',
    sql: `alter function telltale.thin_ledger(integer) security invoker`,
    object: 'function thin_ledger(p_limit integer)',
  },
  {
    what: 'a function without its search path',
    sql: `alter function telltale.thin_ledger(integer) reset search_path`,
    object: 'function thin_ledger(p_limit integer)',
  },
  {
    what: 'a function of their own',
    sql: `create function telltale.extra() returns int language sql return 1`,
    object: 'function extra()',
  },
  { what: 'a dropped index', sql: `drop index telltale.events_debug_device`, object: 'index events_debug_device' },
  {
    what: 'an index on other columns',
    sql: `drop index telltale.inbox_shard; create index inbox_shard on telltale.inbox (enqueued_at)`,
    object: 'index inbox_shard',
  },
  {
    what: 'an index of their own',
    sql: `create index extra on telltale.events_debug (source)`,
    object: 'index extra',
  },
  {
    what: 'a dropped trigger',
    sql: `drop trigger refuse_change on telltale.events_critical`,
    object: 'trigger events_critical.refuse_change',
  },
  {
    what: 'a disabled trigger',
    sql: `alter table telltale.events_critical disable trigger refuse_truncate`,
    object: 'trigger events_critical.refuse_truncate',
  },
  {
    what: 'a trigger that no longer holds for replicas',
    sql: `alter table telltale.events_critical enable trigger refuse_truncate`,
    object: 'trigger events_critical.refuse_truncate',
  },
  { what: 'an added column', sql: `alter table telltale.logs add extra text`, object: 'column logs.extra' },
  {
    what: 'a column that may be null now',
    sql: `alter table telltale.inbox alter shard drop not null`,
    object: 'column inbox.shard',
  },
  {
    what: 'a column with another default',
    sql: `alter table telltale.logs alter region set default 'elsewhere'`,
    object: 'column logs.region',
  },
  {
    what: 'a dropped constraint',
    sql: `alter table telltale.log_batches drop constraint log_batches_pkey`,
    object: 'constraint log_batches.log_batches_pkey',
  },
  { what: 'a dropped policy', sql: `drop policy reader on telltale.contexts`, object: 'policy contexts.reader' },
  {
    what: 'a policy that lets more through',
    sql: `alter policy reader on telltale.contexts using (true)`,
    object: 'policy contexts.reader',
  },
  {
    what: 'row security switched off',
    sql: `alter table telltale.events_debug disable row level security`,
    object: 'row security events_debug',
  },
  {
    what: 'a view that works as its owner',
    sql: `alter view telltale.log_heads set (security_invoker = false)`,
    object: 'view log_heads',
  },
  {
    what: 'a view with another text',
    sql: `create or replace view telltale.log_heads with (security_invoker = true) as
      select log, tier, retention_tier, log_position, head, floor, live + 1 as live, recorded_at
      from (${readSqlFile('view/log_heads.sql')
        .text.replace(/^.*? as\n/s, '')
        .replace(';', '')}) heads`,
    object: 'view log_heads',
  },
  { what: 'a table of their own', sql: `create table telltale.extra (id int)`, object: 'column extra.id' },
];

describe.each(testVersions())('on PostgreSQL %i', (version) => {
  const database = useDatabase('drift', { version });
  let migrated: Manifest;

  beforeAll(async () => {
    migrated = await readSchemaManifest(database.url);
  });

  test('a migrated database is what the committed manifest says, whatever the version of the server', async () => {
    expect(await checkDrift(database.url)).toEqual([]);
  });

  test.each(['telltale', 'public', ''])(
    'a search path of "%s" makes no difference, and stays as it was',
    async (path) => {
      const pool = new pg.Pool({ connectionString: database.url, max: 1, options: `-c search_path=${path}` });
      onTestFinished(() => pool.end());

      expect(await checkDrift(pool)).toEqual([]);
      expect((await pool.query('show search_path')).rows).toEqual([{ search_path: path }]);
    },
  );

  test('partitions, which come and go, are no drift', async () => {
    await ask(database.url, `select telltale.make_partitions('debug', '2041-01-01', '2041-01-09')`);

    expect(await readSchemaManifest(database.url)).toEqual(migrated);
  });

  test.each(changes)('$what is drift', async ({ sql, object }) => {
    // A pool of one connection, so that what is done in its transaction is seen, and undone.
    const pool = new pg.Pool({ connectionString: database.url, max: 1 });
    onTestFinished(() => pool.end());
    await pool.query('begin');
    await pool.query(sql);
    const found = (await checkDrift(pool)).filter(
      (drift) => drift.expected !== migrated[drift.object] || drift.found !== migrated[drift.object],
    );
    await pool.query('rollback');

    expect(found.map((drift) => drift.object)).toContain(object);
  });

  test('a migration leaves no function behind that an older version had with other parameters', async () => {
    const { url } = await createDatabase('overload', { version });
    await ask(
      url,
      `create function telltale.raise_floor(p_partition text, p_older integer) returns jsonb language sql return null::jsonb`,
    );
    await ask(url, `update telltale.applied_files set checksum = 'older' where name = 'function/raise_floor.sql'`);
    await migrate(url);

    expect(await readSchemaManifest(url)).toEqual(migrated);
  });
});
