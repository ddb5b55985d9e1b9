/** `telltale migrate`: brings a database to this version, prints the SQL for it, or says what differs. */
import { checkDrift, type Drift, migrate, printMigration } from '@telltale/store';
import { Command } from 'commander';
import { type DatabaseOptions, findDatabase, showAddress, withDatabase } from '../connection.ts';
import { usage } from '../failure.ts';
import { programName } from '../invocation.ts';
import { examples } from '../option.ts';
import { colours } from '../view/colour.ts';
import { counted } from '../view/number.ts';
import { print, remark } from '../view/output.ts';

interface MigrateOptions extends DatabaseOptions {
  readonly print?: boolean;
  readonly check?: boolean;
}

export function migrateCommand(): Command {
  return withDatabase(new Command('migrate'))
    .description('Bring a database to what this version expects: schema, functions, event types, privileges.')
    .option('--print', 'print the SQL instead of running it, for people who apply it by hand')
    .option('--check', 'compare the live catalog with this version; exit 1 and name what differs')
    .addHelpText(
      'after',
      examples(
        ['DATABASE_URL=postgres://... telltale migrate', 'migrate; safe to run again, and by many at once'],
        ['telltale migrate --print > telltale.sql', 'the SQL that is missing, as one transaction'],
        ['telltale migrate --check', 'in a pipeline: fails when somebody changed the schema by hand'],
      ),
    )
    .action(async (options: MigrateOptions) => {
      if (options.print && options.check) throw usage('Give either --print or --check.');
      const { url } = findDatabase(options);
      if (options.print) await printScript(url);
      else if (options.check) await check(url);
      else await run(url);
    });
}

async function run(url: string): Promise<void> {
  const report = await migrate(url);
  const done = [
    ...report.migrations.map((name) => `applied ${name}`),
    ...report.files.map((name) => `applied ${name}`),
    ...report.dropped.map((name) => `dropped ${name}`),
    ...report.partitions.map((name) => `made partition ${name}`),
  ];
  for (const line of done) print(line);
  print(done.length === 0 ? `${showAddress(url)} is up to date.` : `${showAddress(url)} is up to date now.`);
}

async function printScript(url: string): Promise<void> {
  const script = await printMigration(url);
  if (script === '') remark(`${showAddress(url)} is up to date; there is nothing to run.`);
  else print(script.trimEnd());
}

async function check(url: string): Promise<void> {
  const drift = await checkDrift(url);
  if (drift.length === 0) {
    print(`${showAddress(url)} is what this version expects.`);
    return;
  }
  process.exitCode = 1;
  for (const one of drift) for (const line of describeDrift(one)) print(line);
  print(
    `${counted(drift.length, 'difference')} between ${showAddress(url)} and what this version expects; ${remedy(drift)}`,
  );
}

function describeDrift({ object, expected, found }: Drift): string[] {
  if (found === null) return [`${object}: ${colours.red('missing')}`];
  if (expected === null) return [`${object}: ${colours.yellow('not ours')}`];
  return [`${object}: ${colours.red('changed')}`, `  expected ${expected}`, `  found    ${found}`];
}

/** Migrating applies what is missing; it cannot know what somebody meant by a change of their own. */
function remedy(drift: readonly Drift[]): string {
  return drift.some(({ expected }) => expected === null) || drift.every(({ found }) => found !== null)
    ? `undo what was changed by hand, or run ${programName()} migrate if this version is newer.`
    : `run ${programName()} migrate, then check again.`;
}
