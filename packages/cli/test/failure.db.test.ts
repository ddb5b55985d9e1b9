/** How commands fail: one sentence that says what to do, and the right exit code. */
import { describe, expect, test } from 'vitest';
import { createDatabase } from '../../../test/database.ts';
import { telltale } from './telltale.ts';

const commands = ['tail', 'publish'] as const;

describe('in one sentence', () => {
  test.each(commands)('%s says that there is no database, and how to have one', async (command) => {
    const { code, stderr } = await telltale([command], { env: { TELLTALE_HOME: '/nonexistent' }, input: '{}' });

    expect(stderr).toMatch(
      /^telltale: No database to work with: run (npx )?telltale start in another terminal, set DATABASE_URL or give --database\.\n$/,
    );
    expect(code).toBe(1);
  });

  test('a server that does not answer is named with what to check', async () => {
    const { code, stderr } = await telltale(['doctor'], { database: 'postgres://nobody@localhost:1/x' });

    expect(stderr).toMatch(
      /^telltale: PostgreSQL cannot be reached \(.*ECONNREFUSED.*\); check the address and that the server runs\.\n$/,
    );
    expect(code).toBe(1);
  });

  test('a database without the schema is told to be migrated', async () => {
    const { url } = await createDatabase('not migrated', { empty: true });

    const { code, stderr } = await telltale(['verify'], { database: url });

    expect(stderr).toMatch(/^telltale: The database has no Telltale schema; run (npx )?telltale migrate first\.\n$/);
    expect(code).toBe(1);
  });

  test('a database that does not exist', async () => {
    const { url } = await createDatabase('stands in');
    const other = new URL(url);
    other.pathname = '/no_such_database';

    const { stderr } = await telltale(['tail'], { database: other.href });

    expect(stderr).toMatch(/^telltale: database "no_such_database" does not exist; create the database first, .*\n$/);
  });

  test('a file that is not there', async () => {
    const { code, stderr } = await telltale(['publish', 'nothing.ndjson'], { database: 'postgres://x' });

    expect(stderr).toMatch(/^telltale: nothing\.ndjson cannot be read: .*ENOENT.*; check the path\n$/);
    expect(code).toBe(1);
  });

  test('and the stack only for who asks for it', async () => {
    const { stderr } = await telltale(['doctor'], { env: { TELLTALE_HOME: '/nonexistent', TELLTALE_DEBUG: '1' } });

    expect(stderr).toMatch(/\n +at /);
  });
});

describe('called the wrong way', () => {
  test.each([
    [['pubish'], /unknown command 'pubish'[\s\S]*Did you mean publish/],
    [['tail', '--sevrity', 'error'], /unknown option '--sevrity'/],
    [['tail', '--severity', 'bad'], /Allowed choices are debug, info, warning, error, critical/],
    [['tail', '-n', 'many'], /Expected a whole number/],
    [['publish', '--type', 'x', 'file'], /Give either --type/],
    [['publish', '--type', 'x', '--data', '{'], /--data: expected JSON/],
    [['import'], /required option '-m, --mapping <file>'/],
    [['start', '--devices', '-1'], /Expected a whole number/],
    [[], /Usage: telltale/],
  ])('%j ends with 2 and says how it is done', async (args, message) => {
    const { code, stderr } = await telltale(args, { database: 'postgres://x' });

    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });
});
