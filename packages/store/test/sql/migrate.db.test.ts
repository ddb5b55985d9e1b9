/** Migrations: from nothing, from anything older, by many processes at once, and never from something newer or edited. */
import { catalogue, type EventType } from '@telltale/catalogue';
import pg from 'pg';
import postgres from 'postgres';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createDatabase, testVersions, useDatabase } from '../../../../test/database.ts';
import { checkDrift, migrate, printMigration, readSchemaManifest } from '../../src/index.ts';
import { readSqlFolder } from '../../src/sql-file.ts';
import { ask, connect, openStore } from './session.ts';

const migrationFiles = readSqlFolder('migration').map(({ name }) => name);
const privilegeFiles = readSqlFolder('privilege').map(({ name }) => name);
const nothing = { migrations: [], files: [], dropped: [], partitions: [] };

describe.each(testVersions())('on PostgreSQL %i', (version) => {
  const migrated = useDatabase('migrated', { version });

  test('twenty processes may migrate at once: one works, the others find nothing to do', async () => {
    const { url } = await createDatabase('at_once', { version, empty: true });
    const reports = await Promise.all(Array.from({ length: 20 }, () => migrate(url)));

    expect(reports.filter((report) => report.migrations.length > 0)).toHaveLength(1);
    expect(reports.filter((report) => report.migrations.length === 0)).toEqual(
      Array.from({ length: 19 }, () => nothing),
    );
    expect(await readSchemaManifest(url)).toEqual(await readSchemaManifest(migrated.url));
  });

  test("an empty database gets every file in order, over the caller's postgres instance or Pool, which stay open", async () => {
    const { url } = await createDatabase('drivers', { version, empty: true });
    const sql = postgres(url, { max: 2, onnotice: () => undefined });
    const pool = new pg.Pool({ connectionString: url, max: 2 });
    onTestFinished(async () => {
      await Promise.all([sql.end(), pool.end()]);
    });
    const report = await migrate(sql);

    expect(report.migrations).toEqual(migrationFiles);
    expect(report.files).toContain('generated/event_types.sql');
    expect(report.partitions.length).toBeGreaterThanOrEqual(8);
    expect(await migrate(pool)).toEqual(nothing);
    expect(await sql`select 1 as one`).toEqual([{ one: 1 }]);
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });

  test('the printed script, run by hand as one simple query, makes the same schema', async () => {
    const { url } = await createDatabase('by_hand', { version, empty: true });
    const script = await printMigration(url);
    await (await connect(url)).query(script);

    expect(await readSchemaManifest(url)).toEqual(await readSchemaManifest(migrated.url));
    expect(await migrate(url)).toEqual(nothing);
    expect(await printMigration(url)).toBe('');
  });

  test('a migration that fails half way leaves nothing behind', async () => {
    const { url } = await createDatabase('half_way', { version, empty: true });
    await ask(
      url,
      `create function public.stop() returns event_trigger language plpgsql as $$ begin raise exception 'no views today'; end $$;
       create event trigger stop on ddl_command_start when tag in ('CREATE VIEW') execute function public.stop()`,
    );

    await expect(migrate(url)).rejects.toThrow('no views today');
    expect(await ask(url, `select to_regnamespace('telltale') as schema`)).toEqual([{ schema: null }]);
  });

  test('a changed file is applied again, with the privileges, and nothing else is', async () => {
    const { url } = await createDatabase('changed_file', { version });
    await ask(url, `update telltale.applied_files set checksum = 'older' where name = 'function/clock.sql'`);
    await ask(
      url,
      `create or replace function telltale.clock() returns timestamptz language sql volatile return now()`,
    );
    const report = await migrate(url);

    expect(report.files).toEqual(['function/clock.sql', ...privilegeFiles]);
    expect(report.migrations).toEqual([]);
    expect(await readSchemaManifest(url)).toEqual(await readSchemaManifest(migrated.url));
  });

  test('a changed view brings all views back, since a view whose columns change cannot be replaced', async () => {
    const { url } = await createDatabase('changed_view', { version });
    await ask(url, `update telltale.applied_files set checksum = 'older' where name = 'view/recorded_events.sql'`);
    const report = await migrate(url);

    expect(report.files.filter((name) => name.startsWith('view/'))).toHaveLength(readSqlFolder('view').length);
    expect(await readSchemaManifest(url)).toEqual(await readSchemaManifest(migrated.url));
  });

  test('a function that this version has no more is dropped, under every list of parameters', async () => {
    const { url } = await createDatabase('obsolete_function', { version });
    await ask(
      url,
      `create function telltale.find_older(p_log smallint) returns integer language sql as 'select 1';
       create function telltale.find_older(p_name text) returns integer language sql as 'select 2';
       insert into telltale.applied_files (name, checksum) values ('function/find_older.sql', 'older')`,
    );
    expect((await openStore(url).diagnose()).findings).toContainEqual(
      expect.objectContaining({ subject: 'schema', message: expect.stringContaining('1 files') }),
    );
    const report = await migrate(url);

    expect(report).toMatchObject({ migrations: [], files: [], dropped: ['function/find_older.sql'] });
    expect(await checkDrift(url)).toEqual([]);
    expect((await migrate(url)).dropped).toEqual([]);
  });

  test('a function of a newer version stays', async () => {
    const { url } = await createDatabase('newer_function', { version });
    await ask(
      url,
      `create function telltale.find_newer() returns integer language sql as 'select 1';
       insert into telltale.applied_files (name, checksum) values ('function/find_newer.sql', 'newer');
       insert into telltale.migrations values (9001, 'migration/9001_newer.sql', 'x', false)`,
    );

    expect((await migrate(url)).dropped).toEqual([]);
    expect(await ask(url, 'select telltale.find_newer() as found')).toEqual([{ found: 1 }]);
  });

  test('a breaking migration of a newer version stops this one', async () => {
    const { url } = await createDatabase('newer_breaking', { version });
    await ask(url, `insert into telltale.migrations values (9001, 'migration/9001_newer.sql', 'x', true)`);

    await expect(migrate(url)).rejects.toMatchObject({
      code: 'SchemaTooNew',
      message: expect.stringMatching(/found: migration\/9001_newer.sql\); upgrade this process/),
    });
    expect((await openStore(url).diagnose()).findings).toContainEqual(
      expect.objectContaining({ level: 'error', subject: 'schema', message: expect.stringContaining('9001') }),
    );
  });

  test('a newer migration that breaks nothing does not', async () => {
    const { url } = await createDatabase('newer', { version });
    await ask(url, `insert into telltale.migrations values (9001, 'migration/9001_newer.sql', 'x', false)`);

    expect(await migrate(url)).toEqual(nothing);
  });

  test('a migration that was edited after it was applied is refused', async () => {
    const { url } = await createDatabase('edited', { version });
    await ask(url, `update telltale.migrations set checksum = 'x' where number = 3`);

    await expect(migrate(url)).rejects.toMatchObject({
      code: 'SchemaDrift',
      message: expect.stringContaining('migration 3'),
    });
  });

  test('a store on a database without the schema says what to run', async () => {
    const { url } = await createDatabase('not_migrated', { version, empty: true });

    await expect(openStore(url).readAll()).rejects.toMatchObject({
      code: 'NotMigrated',
      message: expect.stringContaining('run telltale migrate'),
    });
  });

  test('the rows of the catalogue are what the catalogue declares', async () => {
    const rows = await ask<{ name: string; declared: object }>(
      migrated.url,
      `select t.event_type as name, jsonb_build_object('version', t.schema_version, 'aggregate', t.aggregate_type,
         'description', t.description, 'category', t.category, 'severity', t.severity, 'tier', t.retention_tier,
         'days', t.retention_days, 'schema', v.schema, 'personal', t.personal, 'sampled', t.sampled, 'summary', t.summary,
         'icon', t.icon, 'state', t.state_changes, 'interval', t.repetitive_interval) as declared
       from telltale.event_types t
       left join telltale.event_type_versions v using (event_type, schema_version)`,
    );
    const types: readonly EventType[] = catalogue;
    const declared = types.map((type): [string, unknown] => {
      const { version: v, aggregate, description, category, severity, tier, days, schema, personal, sampled } = type;
      const { summary, icon, state, repetitive } = type;
      const row = { version: v, aggregate, description, category, severity, tier, days, schema, personal, sampled };
      // As JSON has it: TypeBox keeps symbols beside the keywords.
      return [
        type.name,
        JSON.parse(JSON.stringify({ ...row, summary, icon, state, interval: repetitive?.interval ?? null })),
      ];
    });

    expect(Object.fromEntries(rows.map(({ name, declared: row }) => [name, row]))).toEqual(
      Object.fromEntries(declared),
    );
  });

  test('types that users registered, and their newer versions of ours, survive the next migration', async () => {
    const { url } = await createDatabase('registered', { version });
    const store = openStore(url);
    await store.registerEventType({ name: 'kiln.fired', description: 'A kiln was fired.', schema: { type: 'object' } });
    await store.registerEventType({
      name: 'device.heartbeat',
      version: 2,
      description: 'Ours.',
      tier: 'debug',
      schema: { type: 'object' },
    });
    await ask(url, `update telltale.applied_files set checksum = 'older' where name like 'generated/%'`);
    await migrate(url);

    expect(
      await ask(
        url,
        `select event_type, schema_version, description from telltale.event_types
        where event_type in ('kiln.fired', 'device.heartbeat') order by 1`,
      ),
    ).toEqual([
      { event_type: 'device.heartbeat', schema_version: 2, description: 'Ours.' },
      { event_type: 'kiln.fired', schema_version: 1, description: 'A kiln was fired.' },
    ]);
  });
});
