/** `telltale import`: old history from CSV or NDJSON into a log of its own, by a mapping file. */
import { appendFileSync, writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { type DatabaseOptions, withDatabase, withStore } from '../connection.ts';
import { ImportRun, type RefusedRow, type RunOptions, type RunReport } from '../import/import.ts';
import { type Mapping, readMapping } from '../import/mapping.ts';
import { onInterrupt } from '../interrupt.ts';
import { examples, wholeNumber } from '../option.ts';
import { count, counted } from '../view/number.ts';
import { print, printAll, remark } from '../view/output.ts';
import { Progress } from '../view/progress.ts';
import { tableOf } from '../view/table.ts';

interface ImportOptions extends DatabaseOptions {
  readonly mapping: string;
  readonly name?: string;
  readonly sort?: boolean;
  readonly partial?: boolean;
  readonly refused?: string;
  readonly preview?: number;
}

export function importCommand(): Command {
  return withDatabase(new Command('import'))
    .description(
      'Import old history from CSV or NDJSON, in order of time, into a log of its own. Run again, it goes on.',
    )
    .argument('[file...]', 'what to import, unless the mapping names its files')
    .requiredOption('-m, --mapping <file>', 'how rows become events (JSON); docs/guide/import.md explains it')
    .option('--name <name>', "name of the import, which makes it resumable (default: the mapping's)")
    .option('--sort', 'sort by time first, on disk if need be; without it files must be in order')
    .option('--partial', 'go on behind rows that make no valid event')
    .option('--refused <file>', 'write refused rows there with their reasons, not to stderr; means --partial')
    .option('--preview <number>', 'print the first events and import nothing', wholeNumber(1))
    .addHelpText(
      'after',
      examples(
        ['telltale import --mapping pdm.json --preview 3', 'what the mapping makes of the first rows'],
        ['telltale import --mapping pdm.json', 'import the files that the mapping names'],
        ['telltale import --mapping syslog.json --sort *.csv', 'several files, in any order'],
      ),
    )
    .action(async (files: string[], options: ImportOptions) => {
      const read = readMapping(options.mapping, files);
      const mapping = { ...read, name: options.name ?? read.name };
      if (options.preview !== undefined) await preview(mapping, options.preview, options);
      else await run(mapping, options);
    });
}

function runOptions(options: ImportOptions, signal: AbortSignal): RunOptions {
  const partial = options.partial === true || options.refused !== undefined;
  return {
    sort: options.sort === true,
    signal,
    onProgress: () => undefined,
    ...(partial && { onRefused: (refused) => tellRefused(refused, options.refused) }),
  };
}

function tellRefused(refused: RefusedRow, file: string | undefined): void {
  if (file === undefined) remark(`${refused.file} line ${refused.line}: ${refused.reason}`);
  else appendFileSync(file, `${JSON.stringify(refused)}\n`);
}

async function preview(mapping: Mapping, limit: number, options: ImportOptions): Promise<void> {
  const lines: string[] = [];
  for await (const event of new ImportRun(mapping, runOptions(options, onInterrupt())).events(undefined)) {
    lines.push(JSON.stringify(event));
    if (lines.length >= limit) break;
  }
  await printAll(lines);
}

async function run(mapping: Mapping, options: ImportOptions): Promise<void> {
  const signal = onInterrupt();
  // Every run goes over all the rows, so the file is that of this run.
  if (options.refused !== undefined) writeFileSync(options.refused, '');
  let progress: Progress | undefined;
  const onProgress = (bytes: number, total: number, events: number): void => {
    progress ??= new Progress('Importing', total);
    progress.update(bytes, events);
  };
  await withStore(options, async (store) => {
    const report = await new ImportRun(mapping, { ...runOptions(options, signal), onProgress })
      .run(store)
      .finally(() => progress?.stop());
    await printAll(summary(mapping, report));
  });
  if (!signal.aborted) return;
  print('Interrupted; the same command goes on from there.');
  process.exitCode = 130;
}

function summary({ name }: Mapping, report: RunReport): string[] {
  const rows = [...report.byType]
    .sort(([, one], [, other]) => other - one)
    .map(([type, value]) => [type, count(value)]);
  const total = report.skipped + report.imported;
  const notes = [
    ...(report.skipped > 0 ? [`${count(report.skipped)} of them by an earlier run`] : []),
    ...(report.refused > 0 ? [`${counted(report.refused, 'row')} refused`] : []),
    ...(report.leftOut > 0 ? [`${counted(report.leftOut, 'row')} left out by the mapping`] : []),
  ];
  return [
    ...tableOf(['Event type', 'Events'], rows, [1]),
    '',
    `${[`${counted(total, 'event')} imported as ${name} into log ${report.log}`, ...notes].join(', ')}.`,
  ];
}
