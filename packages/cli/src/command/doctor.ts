/** `telltale doctor`: looks an installation over, and mends what a person has to decide. */
import type { AnyEventStore, Diagnosis, Finding } from '@telltale/store';
import { Command } from 'commander';
import { type DatabaseOptions, withDatabase, withStore } from '../connection.ts';
import { CommandFailure } from '../failure.ts';
import { examples } from '../option.ts';
import { colours } from '../view/colour.ts';
import { count, counted } from '../view/number.ts';
import { print, printAll, remark } from '../view/output.ts';
import { tableOf } from '../view/table.ts';

interface DoctorOptions extends DatabaseOptions {
  readonly json?: boolean;
  readonly confirmClock?: boolean;
  readonly replayQuarantine?: string | true;
}

export function doctorCommand(): Command {
  return withDatabase(new Command('doctor'))
    .description('Look the installation over: server, settings, schema, partitions, inbox, logs. Exit 1 on errors.')
    .option('--confirm-clock', "say that the server's clock is right although it leapt, so that logs take events again")
    .option(
      '--replay-quarantine [id]',
      'put quarantined events back into the inbox, all or one, after mending the cause',
    )
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      examples(
        ['telltale doctor', 'what is found, and what to do about it'],
        ['telltale doctor --json | jq .findings', 'for monitoring'],
        ['telltale doctor --replay-quarantine', 'after a type was registered or a payload mended'],
      ),
    )
    .action(async (options: DoctorOptions) => {
      await withStore(options, (store) => look(store, options));
    });
}

async function look(store: AnyEventStore, options: DoctorOptions): Promise<void> {
  if (options.confirmClock) {
    await store.confirmClock();
    remark('The clock is confirmed, for every process.');
  }
  if (options.replayQuarantine !== undefined) await replay(store, options.replayQuarantine);
  const diagnosis = await store.diagnose();
  if (options.json) print(JSON.stringify(diagnosis, null, 2));
  else await printAll(report(diagnosis));
  if (diagnosis.findings.some(({ level }) => level === 'error')) process.exitCode = 1;
}

const marks: Record<Finding['level'], string> = { ok: 'ok', warning: 'WARN', error: 'ERROR' };
const paints: Record<Finding['level'], (text: string) => string> = {
  ok: colours.green,
  warning: colours.yellow,
  error: colours.red,
};

function report({ findings, logs, quarantine }: Diagnosis): string[] {
  const found = findings.map(({ level, subject, message }) => [paints[level](marks[level]), subject, message]);
  const heads = logs.map((log) => [
    `${log.log} (${log.kind})`,
    count(log.head),
    ...[log.live.critical, log.live.important, log.live.standard, log.live.debug].map(count),
    log.recordedAt ?? 'empty',
  ]);
  const kept = quarantine.map((row) => [String(row.inbox_id), row.quarantined_at, row.code, row.reason]);
  const tables = [
    tableOf(['', 'Subject', 'Found'], found),
    ...(heads.length === 0
      ? []
      : [
          tableOf(
            ['Log', 'Head', 'Critical', 'Important', 'Standard', 'Debug', 'Last recorded'],
            heads,
            [1, 2, 3, 4, 5],
          ),
        ]),
    ...(kept.length === 0 ? [] : [tableOf(['Quarantined', 'When', 'Code', 'Reason'], kept)]),
  ];
  return [...tables.flatMap((table) => [...table, '']), verdict(findings)];
}

function verdict(findings: readonly Finding[]): string {
  const [errors, warnings] = (['error', 'warning'] as const).map(
    (level) => findings.filter((finding) => finding.level === level).length,
  ) as [number, number];
  if (errors > 0) return colours.red(`${counted(errors, 'error')} to mend.`);
  if (warnings > 0) return colours.yellow(`It works; ${counted(warnings, 'warning')} to look at.`);
  return colours.green('All is well.');
}

/** Replayed events are moved here and now: a person waits for the answer, and no other process may be running. */
async function replay(store: AnyEventStore, which: string | true): Promise<void> {
  if (which !== true && !/^\d+$/.test(which)) {
    throw new CommandFailure(`--replay-quarantine: expected the number of a quarantined event (found: ${which}).`, 2);
  }
  const replayed = await store.replayQuarantine(which === true ? null : Number(which));
  const { moved, quarantined } = await store.drainInbox();
  remark(
    `${counted(replayed, 'event')} replayed: ${count(moved)} moved to the log, ${count(quarantined)} quarantined again.`,
  );
}
