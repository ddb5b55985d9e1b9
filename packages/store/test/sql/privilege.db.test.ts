/** Who may do what, read from the system catalog: nothing is granted by accident, on nothing that is made later either. */
import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { testVersions, useDatabase } from '../../../../test/database.ts';
import { type AnyEventStore, EventStore } from '../../src/index.ts';
import { sampleOf } from './sample.ts';
import { ask, connect, openStore } from './session.ts';

const people = ['telltale_application', 'telltale_reader', 'public'] as const;

describe.each(testVersions())('on PostgreSQL %i', (version) => {
  const database = useDatabase('privilege', { version });
  const names = async (sql: string, values: unknown[] = []): Promise<string[]> =>
    (await ask<{ name: string }>(database.url, sql, values)).map(({ name }) => name);

  beforeAll(async () => {
    // Objects that are made after the grants: partitions, by the owner and by the application's own append.
    await ask(database.url, `select telltale.make_partitions('debug', '2040-01-01', '2040-01-03')`);
    await ask(database.url, `set role telltale_application`);
    const store: AnyEventStore = new EventStore({
      connection: database.url,
      role: 'telltale_application',
      worker: false,
    });
    const tenants = [undefined, 'acme', 'umbrella'];
    for (const tenant of tenants) {
      const metadata = tenant === undefined ? {} : { tenant: { id: tenant, name: tenant } };
      // Metadata is shared from its second sighting on.
      for (let repeat = 0; repeat < 3; repeat++)
        await store.publish(sampleOf('important', randomUUID(), { metadata: { ...metadata, tags: { site: 'lab' } } }));
    }
    await store.close();
  });

  test.each(people)('%s may not write a single table, view or column', async (role) => {
    const found = await names(
      `select format('%s on %s', privilege, c.relname) as name
       from pg_class c
       cross join unnest(array['insert', 'update', 'delete', 'truncate', 'references', 'trigger']) privilege
       where c.relnamespace = 'telltale'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'f')
         and case when privilege in ('delete', 'truncate', 'trigger') then has_table_privilege($1, c.oid, privilege)
           else has_any_column_privilege($1, c.oid, privilege) end`,
      [role],
    );

    expect(found).toEqual([]);
  });

  test.each(people)('%s may not touch a sequence', async (role) => {
    const found = await names(
      `select relname as name from pg_class where relnamespace = 'telltale'::regnamespace
         and case when relkind = 'S' then has_sequence_privilege($1, oid, 'usage, select, update') end`,
      [role],
    );

    expect(found).toEqual([]);
  });

  test.each(people)('%s has no privilege on a partition itself, which no policy of its parent guards', async (role) => {
    const found = await names(
      `select relname as name from pg_class where relnamespace = 'telltale'::regnamespace and relispartition
         and relkind = 'r' and has_any_column_privilege($1, oid, 'select, insert, update, references')`,
      [role],
    );

    expect(found).toEqual([]);
  });

  test('the public reads nothing, and runs nothing', async () => {
    const found = await names(
      `select relname as name from pg_class where relnamespace = 'telltale'::regnamespace and relkind in ('r', 'p', 'v')
         and has_any_column_privilege('public', oid, 'select')
       union all
       select proname from pg_proc where pronamespace = 'telltale'::regnamespace and has_function_privilege('public', oid, 'execute')
       union all
       select 'schema' where has_schema_privilege('public', 'telltale', 'usage, create')`,
    );

    expect(found).toEqual([]);
  });

  test('the reader runs the analytics, and nothing that writes', async () => {
    const found = await names(
      `select proname as name from pg_proc
       where pronamespace = 'telltale'::regnamespace and has_function_privilege('telltale_reader', oid, 'execute')
         and provolatile = 'v' and proname <> 'clock'`,
    );
    const [analytics] = await names(
      `select (has_function_privilege('telltale_reader', 'telltale.get_event_correlations(varchar, integer)', 'execute')
         and has_function_privilege('telltale_reader', 'telltale.get_event_difference(jsonb, jsonb, integer, integer, text)', 'execute'))::text as name`,
    );

    expect(found).toEqual([]);
    expect(analytics).toBe('true');
  });

  test('the application runs every function but those of the worker that drops partitions', async () => {
    const found = await names(
      `select proname as name from pg_proc
       where pronamespace = 'telltale'::regnamespace and not has_function_privilege('telltale_application', oid, 'execute')
       order by 1`,
    );

    expect(found).toEqual(['has_live_events', 'raise_floor', 'raise_incarnation', 'refuse_truncate', 'remove_counts']);
  });

  test('every function that works as its owner has a search path that nobody else can write into', async () => {
    const definers = await ask<{ name: string; config: string[] | null }>(
      database.url,
      `select proname as name, proconfig as config from pg_proc where pronamespace = 'telltale'::regnamespace and prosecdef`,
    );
    const loose = definers.filter(
      ({ config }) => !(config ?? []).includes('search_path=telltale, pg_catalog, pg_temp'),
    );

    expect(definers.length).toBeGreaterThan(5);
    expect(loose).toEqual([]);
  });

  test('every other function with a body that is looked up when it runs has one as well', async () => {
    // Trigger functions name no object; bodies that begin with RETURN or BEGIN ATOMIC are bound when they are created;
    // what names nothing of ours needs pg_catalog alone.
    const found = await names(
      `select proname as name from pg_proc
       where pronamespace = 'telltale'::regnamespace and not prosecdef and prosqlbody is null
         and prorettype <> 'trigger'::regtype
         and not coalesce(
           proconfig && array['search_path=telltale, pg_catalog, pg_temp', 'search_path=pg_catalog, pg_temp'], false)`,
    );

    expect(found).toEqual([]);
  });

  test('the owner owns everything, and only the maintenance role is a member of it', async () => {
    const others = await names(
      `select relname as name from pg_class where relnamespace = 'telltale'::regnamespace and relowner <> 'telltale_owner'::regrole
         and relkind in ('r', 'p', 'v', 'S')
       union all
       select proname from pg_proc where pronamespace = 'telltale'::regnamespace and proowner <> 'telltale_owner'::regrole`,
    );
    const members = await names(
      `select m.rolname as name from pg_auth_members join pg_roles m on m.oid = member
       where roleid = 'telltale_owner'::regrole and not m.rolsuper`,
    );

    expect(others).toEqual([]);
    expect(members).toEqual(['telltale_maintenance']);
  });

  test('no role of ours logs in, bypasses row security, or makes roles or databases', async () => {
    const found = await names(
      `select rolname as name from pg_roles where rolname like 'telltale\\_%'
         and (rolcanlogin or rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication)`,
    );

    expect(found).toEqual([]);
  });

  test('the reader sees the tenant it names, and without one the events of no tenant', async () => {
    const client = await connect(database.url, 'telltale_reader');
    const tenants = async (tenant: string): Promise<unknown[]> => {
      await client.query(`select set_config('telltale.tenant', $1, false)`, [tenant]);
      const { rows } = await client.query(
        `select coalesce(metadata -> 'tenant' ->> 'id', '') as tenant, metadata -> 'tags' ->> 'site' as site, count(*)::int as events
         from telltale.events group by 1, 2`,
      );
      return rows;
    };

    expect(await tenants('')).toEqual([{ tenant: '', site: 'lab', events: 3 }]);
    expect(await tenants('acme')).toEqual([{ tenant: 'acme', site: 'lab', events: 3 }]);
    expect(await tenants('nobody')).toEqual([]);
  });

  test('the reader learns nothing of other tenants from shared metadata', async () => {
    const client = await connect(database.url, 'telltale_reader');
    await client.query(`set telltale.tenant = 'acme'`);
    const { rows } = await client.query(`select context -> 'tenant' ->> 'id' as tenant from telltale.contexts`);

    expect(rows).toEqual([{ tenant: 'acme' }]);
  });

  test('a store that works as the application does everything a program needs', async () => {
    const store = openStore(database.url, { role: 'telltale_application' });
    const device = randomUUID();
    await store.publish(sampleOf('standard', device));
    await ask(database.url, `select telltale.publish_event('device.heartbeat', 'device', $1, '{}')`, [device]);
    await store.drainInbox();
    await store.registerEventType({
      name: 'privilege.tried',
      description: 'Tried.',
      schema: { type: 'object' },
    });
    await store.keepHouse();

    expect((await store.readStream({ deviceUuid: device })).events).toHaveLength(2);
    expect((await store.diagnose()).findings.filter(({ level }) => level === 'error')).toEqual([
      expect.objectContaining({ subject: 'fsync' }),
    ]);
  });
});
