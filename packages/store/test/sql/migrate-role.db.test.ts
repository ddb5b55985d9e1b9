/** Who may migrate: a superuser, a manager of roles that is none, or an owner of the database when the roles are there. */
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { startCluster, type TestCluster } from '../../../../test/cluster.ts';
import { testVersions } from '../../../../test/database.ts';
import { migrate, readSchemaManifest } from '../../src/index.ts';
import { ask, openStore } from './session.ts';

const ourRoles = ['telltale_application', 'telltale_maintenance', 'telltale_owner', 'telltale_reader'];

/** A pool that works as a role: what the role may not do, its sessions may not do. */
function poolAs(url: string, role: string): pg.Pool {
  const pool = new pg.Pool({ connectionString: url, options: `-c role=${role}`, max: 2 });
  onTestFinished(() => pool.end());
  return pool;
}

/** What any database must do after any of these migrations, as the application. */
async function publishAndRead(url: string): Promise<void> {
  const store = openStore(url, { role: 'telltale_application' });
  await store.publish({
    event_type: 'device.heartbeat',
    device_uuid: '0192f0c1-7a52-7c3e-9b1a-2f6d0f3c8e11',
    data: {},
  });
  expect((await store.readAll()).events).toHaveLength(1);
  expect(Object.keys(await readSchemaManifest(url)).length).toBeGreaterThan(100);
  await store.close();
}

/** Roles belong to a whole server, so these tests have one of their own, and go from no roles to all of them. */
describe.each(testVersions())('on PostgreSQL %i', (version) => {
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = await startCluster({ version: version as 15 | 18, fsync: false });
    await ask(cluster.url, `create role limited login`);
    await ask(cluster.url, `create role manager login createrole`);
  });

  afterAll(() => cluster.remove());

  /** An empty database that a role owns. */
  async function createOwned(name: string, owner: string): Promise<string> {
    await ask(cluster.url, `create database ${name} owner ${owner}`);
    const url = new URL(cluster.url);
    url.pathname = `/${name}`;
    return url.href;
  }

  const existing = async (): Promise<string[]> =>
    (
      await ask<{ rolname: string }>(
        cluster.url,
        `select rolname from pg_roles where rolname like 'telltale\\_%' order by 1`,
      )
    ).map(({ rolname }) => rolname);

  test('a user who may not make roles is told which are missing and who can make them, and leaves nothing behind', async () => {
    const url = await createOwned('no_roles', 'limited');

    await expect(migrate(poolAs(url, 'limited'))).rejects.toThrow(
      /expected the role telltale_owner, or the right to make it \(found: neither\).*create role telltale_owner/s,
    );
    expect(await ask(url, `select to_regnamespace('telltale') as schema`)).toEqual([{ schema: null }]);
    expect(await existing()).toEqual([]);
  });

  test('several databases of one server may be migrated for the first time at once', async () => {
    const urls = await Promise.all(['one', 'two', 'three'].map((name) => createOwned(name, 'telltale')));
    const reports = await Promise.all(urls.map((url) => migrate(url)));

    expect(reports.every((report) => report.migrations.length > 0)).toBe(true);
    expect(await existing()).toEqual(ourRoles);
  });

  test('an owner of the database who may not make roles migrates once they are there, and keeps the objects', async () => {
    const url = await createOwned('with_roles', 'limited');
    await migrate(poolAs(url, 'limited'));
    const owners = await ask(
      url,
      `select distinct relowner::regrole::text as owner from pg_class
      where relnamespace = 'telltale'::regnamespace and relkind in ('r', 'p', 'v', 'S')`,
    );

    expect(owners).toEqual([{ owner: 'limited' }]);
    await publishAndRead(url);
  });

  test('a user who may make roles, but is no superuser, migrates a server that has none, and again', async () => {
    await forgetRoles();
    const url = await createOwned('managed', 'manager');
    await migrate(poolAs(url, 'manager'));
    await ask(url, `update telltale.applied_files set checksum = 'older'`);
    await migrate(poolAs(url, 'manager'));

    expect(await existing()).toEqual(ourRoles);
    await publishAndRead(url);
  });

  /** Back to a server that has never seen us. */
  async function forgetRoles(): Promise<void> {
    const databases = await ask<{ datname: string }>(
      cluster.url,
      `select datname from pg_database where datname not in ('telltale', 'postgres') and not datistemplate`,
    );
    for (const { datname } of databases) await ask(cluster.url, `drop database ${datname} with (force)`);
    await ask(cluster.url, `drop role ${ourRoles.join(', ')}`);
  }
});
