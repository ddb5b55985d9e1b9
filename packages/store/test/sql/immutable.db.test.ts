/** Invariant 7: the database itself refuses UPDATE, DELETE and TRUNCATE of recorded events, whoever asks. */
import { randomUUID } from 'node:crypto';
import type { Client } from 'pg';
import { beforeAll, describe, expect, test } from 'vitest';
import { testVersions, useDatabase } from '../../../../test/database.ts';
import { type AnyEventStore, EventStore } from '../../src/index.ts';
import { sampleOfEachTier, sampleTiers } from './sample.ts';
import { ask, connect, openStore, sqlState } from './session.ts';

/** What refuses a role: the trigger, or the lack of a privilege before any trigger is asked. */
const refusals = {
  superuser: 'TT040',
  telltale_owner: 'TT040',
  telltale_maintenance: 'TT040',
  telltale_application: '42501',
  telltale_reader: '42501',
} as const;
const roles = Object.keys(refusals) as (keyof typeof refusals)[];

const attacks = (table: string): string[] => [
  `update ${table} set data = '{"edited":true}'`,
  `update ${table} set recorded_at = recorded_at + interval '1 day'`,
  `delete from ${table}`,
  `truncate ${table}`,
  `truncate only ${table}`,
  `truncate ${table} restart identity cascade`,
  `merge into ${table} t using (select 1) s on true when matched then delete`,
  `merge into ${table} t using (select 1) s on true when matched then update set severity = 0`,
];

/** PostgreSQL itself refuses TRUNCATE ONLY of a partitioned table, which holds no rows. */
const refusalOf = (role: keyof typeof refusals, attack: string, isParent: boolean): string =>
  isParent && attack.startsWith('truncate only') && refusals[role] === 'TT040' ? '42809' : refusals[role];

async function connectAs(url: string, role: keyof typeof refusals): Promise<Client> {
  return connect(url, role === 'superuser' ? undefined : role);
}

describe.each(testVersions())('on PostgreSQL %i', (version) => {
  const database = useDatabase('immutable', { version });
  let filled: { parents: string[]; partitions: string[] };

  beforeAll(async () => {
    const store: AnyEventStore = new EventStore({ connection: database.url, worker: false });
    await store.publishBatch(sampleOfEachTier(randomUUID()));
    // A partition that is made long after the triggers were: two years on, by the server's own clock.
    await ask(
      database.url,
      `create or replace function telltale.clock() returns timestamptz language sql volatile
      return clock_timestamp() + interval '2 years'`,
    );
    await store.confirmClock();
    await store.publishBatch(sampleOfEachTier(randomUUID()));
    await store.close();
    const rows = await ask<{ name: string }>(
      database.url,
      `select distinct 'telltale.' || (select relname from pg_class where oid = e.tableoid) as name from (
         select tableoid from telltale.events_critical union all select tableoid from telltale.events_important
         union all select tableoid from telltale.events_standard union all select tableoid from telltale.events_debug) e`,
    );
    filled = {
      parents: sampleTiers.map((tier) => `telltale.events_${tier}`),
      partitions: rows.map(({ name }) => name),
    };
  });

  test('every tier has rows in an old and in a new partition, or the attacks below would show nothing', () => {
    expect(filled.partitions).toHaveLength(8);
  });

  test.each(roles)('%s cannot change, delete or truncate, neither on a parent nor on any partition', async (role) => {
    const client = await connectAs(database.url, role);
    const found: string[] = [];
    const expected: string[] = [];
    for (const table of [...filled.parents, ...filled.partitions]) {
      for (const attack of attacks(table)) {
        found.push(`${await sqlState(client.query(attack))} ${attack}`);
        expected.push(`${refusalOf(role, attack, filled.parents.includes(table))} ${attack}`);
      }
    }

    expect(found).toEqual(expected);
  });

  test('a session that plays the replica is refused as well', async () => {
    const client = await connectAs(database.url, 'superuser');
    await client.query('set session_replication_role = replica');
    const found = new Set<string>();
    for (const table of filled.partitions) {
      for (const attack of attacks(table)) found.add(await sqlState(client.query(attack)));
    }

    expect([...found]).toEqual(['TT040']);
  });

  test('nothing is changed by all this', async () => {
    expect(await openStore(database.url).verify()).toEqual({ verified: 8, changed: [], miscounted: [] });
  });

  test.each(['telltale_application', 'telltale_reader'] as const)(
    '%s cannot insert rows past the append function, nor take a trigger or a table away',
    async (role) => {
      const client = await connectAs(database.url, role);
      const [partition] = filled.partitions as [string];
      const statements = [
        ...filled.parents.map((table) => `insert into ${table} select * from ${table}`),
        `insert into ${partition} select * from ${filled.parents[0]}`,
        `alter table ${filled.parents[0]} disable trigger all`,
        `drop trigger refuse_change on ${filled.parents[0]}`,
        `alter table ${filled.parents[0]} detach partition ${partition}`,
        `drop table ${partition}`,
        `create or replace function telltale.refuse_change() returns trigger language plpgsql as 'begin return null; end'`,
        'set session_replication_role = replica',
        `insert into telltale.log_batches values (0, 1000, 1000, now(), 0, 0, 0, 0)`,
        `insert into telltale.log_floors values (0, 0, 1000, 1000, now())`,
        `update telltale.contexts set context = '{}'`,
        `delete from telltale.log_batches`,
        `update telltale.settings set value = '0'`,
        `insert into telltale.event_types select * from telltale.event_types`,
        `select telltale.raise_floor('x')`,
        `select telltale.raise_incarnation()`,
      ];
      const found: string[] = [];
      for (const statement of statements) found.push(`${await sqlState(client.query(statement))} ${statement}`);

      expect(found).toEqual(statements.map((statement) => `42501 ${statement}`));
    },
  );

  test('the message says what was tried, where, and what removes events instead', async () => {
    const client = await connectAs(database.url, 'superuser');
    const [partition] = filled.partitions as [string];

    await expect(client.query(`delete from ${partition}`)).rejects.toMatchObject({
      message: expect.stringContaining(`found: DELETE on ${partition}`),
      hint: expect.stringContaining('Retention drops whole partitions'),
    });
  });
});
