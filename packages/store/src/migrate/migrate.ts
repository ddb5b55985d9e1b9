/** Brings a database to what this version expects: one transaction, one migrator at a time, safe to start many times. */
import { openDatabase, type StoreConnection } from '../database/connection.ts';
import type { Database, Session } from '../database/database.ts';
import { type MigrationPlan, planMigration, viewOrder } from './plan.ts';

/** Keys of the advisory locks are the letters TELT and what follows; see append_events.sql for the logs' own. */
const migrateLock = 1413829715;

export interface MigrationReport {
  /** Names of the migrations that were applied now. */
  readonly migrations: readonly string[];
  /** Names of the re-creatable files that were applied now. */
  readonly files: readonly string[];
  /** Names of the files whose functions were dropped, since this version has them no more. */
  readonly dropped: readonly string[];
  /** Names of the partitions that were made. */
  readonly partitions: readonly string[];
}

/** Applies what is missing. Twenty processes may start at once: one works, the others wait and find nothing to do. */
export async function migrate(connection: StoreConnection): Promise<MigrationReport> {
  const database = openDatabase(connection, { connections: 1, applicationName: 'telltale migrate' });
  try {
    return await migrateDatabase(database);
  } finally {
    await database.close();
  }
}

function migrateDatabase(database: Database): Promise<MigrationReport> {
  return database.transaction(async (session) => {
    await session.query({ text: `set local lock_timeout = '60s'` });
    await session.query({ text: `select pg_advisory_xact_lock(${migrateLock})` });
    const plan = await planMigration(session);
    await applyPlan(session, plan);
    const [made] = await session.query<{ names: string[] }>({
      text: 'select to_jsonb(telltale.make_partitions_ahead()) as names',
    });
    return {
      migrations: plan.migrations.map((migration) => migration.name),
      files: plan.files.map((file) => file.name),
      dropped: plan.obsolete,
      partitions: made?.names ?? [],
    };
  });
}

/** The SQL that `migrate` would run, as one script for people who apply it by hand. */
export async function printMigration(connection: StoreConnection): Promise<string> {
  const database = openDatabase(connection, { connections: 1 });
  try {
    const steps = planScript(await planMigration(database));
    const script = steps.map((step) => `-- ${step.name}\n${step.text.trim()}\n`);
    return steps.length === 0
      ? ''
      : ['begin;\n', ...script, 'select telltale.make_partitions_ahead();\n\ncommit;\n'].join('\n');
  } finally {
    await database.close();
  }
}

interface Step {
  readonly name: string;
  readonly text: string;
}

function planScript(plan: MigrationPlan): Step[] {
  const steps: Step[] = [];
  if (plan.files.some((file) => file.name.startsWith('view/'))) steps.push(dropViews());
  for (const migration of plan.migrations) {
    steps.push(migration, recordMigration(migration.number, migration.name, migration.checksum, migration.breaking));
  }
  // Functions name each other in any order; the tests call every one of them.
  if (plan.files.length > 0) steps.push({ name: 'unchecked bodies', text: 'set local check_function_bodies = off;' });
  for (const file of plan.files) steps.push(file, recordFile(file.name, file.checksum));
  return [...steps, ...plan.obsolete.map(dropFunction)];
}

async function applyPlan(session: Session, plan: MigrationPlan): Promise<void> {
  for (const step of planScript(plan)) await session.script(step.text);
}

/** A view whose columns change cannot be replaced; all of them are cheap to make again. */
function dropViews(): Step {
  const names = [...viewOrder].reverse().map((name) => `telltale.${name}`);
  return { name: 'drop views', text: `drop view if exists ${names.join(', ')};` };
}

/** The function of a file, under every list of parameters that it has. */
function dropFunction(file: string): Step {
  const name = file.slice('function/'.length, -'.sql'.length);
  return {
    name: `drop ${file}`,
    text: `do $$
declare
  v_function regprocedure;
begin
  for v_function in
    select oid from pg_proc where pronamespace = 'telltale'::regnamespace and proname = '${name}'
  loop
    execute format('drop function %s', v_function);
  end loop;
end;
$$;
delete from telltale.applied_files where name = '${file}';`,
  };
}

function recordMigration(number: number, name: string, checksum: string, breaking: boolean): Step {
  return {
    name: `record ${name}`,
    text: `insert into telltale.migrations (number, name, checksum, breaking)
values (${number}, '${name}', '${checksum}', ${breaking});`,
  };
}

function recordFile(name: string, checksum: string): Step {
  return {
    name: `record ${name}`,
    text: `insert into telltale.applied_files (name, checksum) values ('${name}', '${checksum}')
on conflict (name) do update set checksum = excluded.checksum, applied_at = now();`,
  };
}
