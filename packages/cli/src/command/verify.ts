/** `telltale verify`: recomputes checksums and counts, and names what was changed since it was recorded. */
import type { AnyEventStore, Verification, VerifyReport } from '@telltale/store';
import { Command } from 'commander';
import { type DatabaseOptions, withDatabase, withStore } from '../connection.ts';
import { examples, uuid } from '../option.ts';
import { colours } from '../view/colour.ts';
import { count, counted } from '../view/number.ts';
import { print, printAll } from '../view/output.ts';
import { Progress } from '../view/progress.ts';

interface VerifyOptions extends DatabaseOptions {
  readonly json?: boolean;
}

export function verifyCommand(): Command {
  return withDatabase(new Command('verify'))
    .description(
      'Recompute the checksum of every event, or of one, and count them all. Exit 1 and name what was changed.',
    )
    .argument('[event-id]', 'one event instead of the whole log', uuid)
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      examples(
        ['telltale verify', 'the whole log'],
        ['telltale verify 0192f0c1-7a52-7c3e-9b1a-2f6d0f3c8e11', 'one event'],
      ),
    )
    .action(async (eventId: string | undefined, options: VerifyOptions) => {
      await withStore(options, (store) =>
        eventId === undefined ? verifyAll(store, options) : verifyOne(store, eventId, options),
      );
    });
}

async function verifyOne(store: AnyEventStore, eventId: string, options: VerifyOptions): Promise<void> {
  const found = await store.verifyEvent(eventId);
  if (options.json) print(JSON.stringify(found, null, 2));
  else await printAll(found.map((one) => (one.valid ? describeValid(one) : describeChanged(one))));
  if (found.some(({ valid }) => !valid)) process.exitCode = 1;
}

async function verifyAll(store: AnyEventStore, options: VerifyOptions): Promise<void> {
  const { logs } = await store.diagnose();
  const total = logs.reduce((sum, { live }) => sum + live.critical + live.important + live.standard + live.debug, 0);
  const progress = new Progress('Verifying', total);
  const report = await store.verify((verified) => progress.update(verified, verified)).finally(() => progress.stop());
  if (options.json) print(JSON.stringify(report, null, 2));
  else await printAll(describe(report));
  if (report.changed.length + report.miscounted.length > 0) process.exitCode = 1;
}

function describe({ verified, changed, miscounted }: VerifyReport): string[] {
  const counts = miscounted.map(
    ({ log, tier, expected, found }) =>
      `log ${log}: expected ${counted(expected, 'event')} of tier ${tier}, found ${count(found)}`,
  );
  const wrong = [...changed.map(describeChanged), ...counts];
  if (wrong.length === 0) return [colours.green(`${counted(verified, 'event')} verified, each as it was recorded.`)];
  return [
    ...wrong,
    colours.red(
      `${counted(verified, 'event')} verified: ${count(changed.length)} changed, ${count(counts.length)} miscounted.`,
    ),
  ];
}

const placeOf = ({ event_id: id, log, position }: Verification): string =>
  `${id} at position ${position} of log ${log}`;

function describeValid(one: Verification): string {
  return colours.green(`${placeOf(one)} is as it was recorded (${one.checksum}).`);
}

function describeChanged(one: Verification): string {
  return `${colours.red('changed')}: ${placeOf(one)}: its checksum is ${one.checksum}, its fields give ${one.computed}`;
}
