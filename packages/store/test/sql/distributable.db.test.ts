/** Design §6: nothing in the schema closes the way to a distributed engine; and the check that says so can fail. */
import { describe, expect, test } from 'vitest';
import { testVersions, useDatabase } from '../../../../test/database.ts';
import { findUndistributable } from './distributable.ts';
import { ask, connect } from './session.ts';

/** Each breaks one rule, and nothing else. */
const plants: { rule: string; object: string; sql: string }[] = [
  {
    rule: 'partition depth',
    object: 'events_debug_deep',
    sql: `create table telltale.events_debug_deep partition of telltale.events_debug
      for values from ('2001-01-01') to ('2001-01-02') partition by list (log)`,
  },
  {
    rule: 'not partitioned by range of recorded_at',
    object: 'events_debug',
    sql: `create table telltale.events_debug_rest partition of telltale.events_debug default`,
  },
  {
    rule: 'unique key without recorded_at and shard_key',
    object: 'planted',
    sql: `create unique index planted on telltale.events_standard (recorded_at, event_id)`,
  },
  {
    rule: 'identity column',
    object: 'events_critical.id',
    // PostgreSQL 18 takes it as it stands, 15 only on a table that has no partition yet.
    sql: `do $$ declare part regclass; begin
        for part in select inhrelid from pg_inherits where inhparent = 'telltale.events_critical'::regclass loop
          execute format('drop table %s', part);
        end loop;
      end $$;
      alter table telltale.events_critical add column id bigint generated always as identity`,
  },
  {
    rule: 'sequence default',
    object: 'events_important.position',
    sql: `alter table only telltale.events_important alter column position set default nextval('telltale.inbox_id')`,
  },
  {
    rule: 'foreign key',
    object: 'planted_log',
    sql: `alter table telltale.events_debug add constraint planted_log foreign key (log) references telltale.logs`,
  },
  {
    rule: 'trigger',
    object: 'events_debug.planted',
    sql: `create trigger planted after insert on telltale.events_debug for each statement execute function telltale.refuse_change()`,
  },
  {
    rule: 'rule',
    object: 'events_debug.planted',
    sql: `create rule planted as on insert to telltale.events_debug do also nothing`,
  },
  {
    rule: 'columns unlike those of critical',
    object: 'events_debug',
    sql: `alter table telltale.events_debug add column extra text`,
  },
];

describe.each(testVersions())('on PostgreSQL %i', (version) => {
  const database = useDatabase('distributable', { version });

  test('a migrated schema could be distributed, also after further partitions were made', async () => {
    await ask(database.url, `select telltale.make_partitions('standard', '2031-01-01', '2031-12-31')`);

    expect(await ask(database.url, findUndistributable)).toEqual([]);
  });

  test.each(plants)('a planted violation is found: $rule', async ({ rule, object, sql }) => {
    const client = await connect(database.url);
    await client.query('begin');
    await client.query(sql);

    expect((await client.query(findUndistributable)).rows).toContainEqual({ rule, object });
  });
});
