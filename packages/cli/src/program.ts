/** The commands put together, and how any of them ends: 0 done, 1 it did not work, 2 called the wrong way. */
import { Command, CommanderError } from 'commander';
import { chainCommand } from './command/chain.ts';
import { correlateCommand } from './command/correlate.ts';
import { diffCommand } from './command/diff.ts';
import { doctorCommand } from './command/doctor.ts';
import { importCommand } from './command/import.ts';
import { migrateCommand } from './command/migrate.ts';
import { publishCommand } from './command/publish.ts';
import { replayCommand } from './command/replay.ts';
import { searchCommand } from './command/search.ts';
import { serveCommand } from './command/serve.ts';
import { snapshotCommand } from './command/snapshot.ts';
import { startCommand } from './command/start.ts';
import { statsCommand } from './command/stats.ts';
import { summaryCommand } from './command/summary.ts';
import { tailCommand } from './command/tail.ts';
import { timelineCommand } from './command/timeline.ts';
import { tokenCommand } from './command/token.ts';
import { typesCommand } from './command/types.ts';
import { verifyCommand } from './command/verify.ts';
import { CommandFailure, sentenceOf } from './failure.ts';
import { endOnClosedPipe } from './interrupt.ts';
import { version } from './version.ts';

export function makeProgram(): Command {
  const program = new Command('telltale')
    .description('The flight recorder for device fleets: an event log on PostgreSQL.')
    .version(version)
    .showHelpAfterError('(add --help for the options and examples)')
    .configureHelp({ showGlobalOptions: true });
  for (const command of [
    startCommand(),
    serveCommand(),
    tokenCommand(),
    migrateCommand(),
    publishCommand(),
    importCommand(),
    tailCommand(),
    searchCommand(),
    timelineCommand(),
    summaryCommand(),
    chainCommand(),
    statsCommand(),
    correlateCommand(),
    replayCommand(),
    snapshotCommand(),
    diffCommand(),
    typesCommand(),
    doctorCommand(),
    verifyCommand(),
  ])
    program.addCommand(command);
  return program;
}

/** Runs one command line; answers with the exit code. */
export async function run(argv: readonly string[]): Promise<number> {
  endOnClosedPipe();
  const program = makeProgram();
  for (const command of [program, ...program.commands]) command.exitOverride();
  try {
    await program.parseAsync(argv);
    return Number(process.exitCode ?? 0);
  } catch (error) {
    return report(error);
  }
}

function report(error: unknown): number {
  // commander has said what was wrong, or shown the help that was asked for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (process.env['TELLTALE_DEBUG'] === '1') console.error(error);
  else console.error(`telltale: ${sentenceOf(error)}`);
  return error instanceof CommandFailure ? error.exitCode : 1;
}
