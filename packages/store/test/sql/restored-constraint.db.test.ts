/** A dump writes a constraint as PostgreSQL prints it; read back, it must print the same, or every restore is drift. */
import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { createDatabase, testVersions } from '../../../../test/database.ts';

test.each(testVersions())(
  'every check constraint prints the same after a restore, on PostgreSQL %i',
  async (version) => {
    const { url } = await createDatabase('restored constraint', { version });
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    onTestFinished(() => client.end());
    const { rows } = await client.query<{ table: string; name: string; definition: string }>(`
    select conrelid::regclass::text as table, conname as name, pg_get_constraintdef(oid) as definition
    from pg_constraint
    where contype = 'c' and connamespace = 'telltale'::regnamespace`);

    const restored: typeof rows = [];
    for (const { table, name, definition } of rows) {
      await client.query(
        `create temp table restored (like ${table}); alter table restored add constraint "${name}" ${definition}`,
      );
      const again = await client.query<{ definition: string }>(
        `select pg_get_constraintdef(oid) as definition from pg_constraint where conrelid = 'restored'::regclass and conname = $1`,
        [name],
      );
      restored.push({ table, name, definition: again.rows[0]?.definition ?? '' });
      await client.query('drop table restored');
    }

    expect(rows.length).toBeGreaterThan(0);
    expect(restored).toEqual(rows);
  },
);
