/** `telltale publish`: one event from flags, or many from NDJSON, resumable. */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import type { EventActor, EventInput, Outcome, Severity } from '@telltale/catalogue';
import { actorTypes, outcomes } from '@telltale/catalogue';
import { Command, InvalidArgumentError, Option } from 'commander';
import { type DatabaseOptions, withDatabase, withStore } from '../connection.ts';
import { usage } from '../failure.ts';
import { Checkpoint } from '../feed/checkpoint.ts';
import { type FeedReport, publishFeed, type RefusedLine } from '../feed/feed.ts';
import { openInput } from '../feed/input.ts';
import { onInterrupt } from '../interrupt.ts';
import { programName } from '../invocation.ts';
import { collect, examples, severityOption, uuid } from '../option.ts';
import { count, counted } from '../view/number.ts';
import { print, remark } from '../view/output.ts';
import { Progress } from '../view/progress.ts';

interface PublishOptions extends DatabaseOptions {
  readonly type?: string;
  readonly device?: string;
  readonly aggregate?: string;
  readonly data?: string;
  readonly severity?: Severity;
  readonly outcome?: Outcome;
  readonly actor?: EventActor;
  readonly tag?: string[];
  readonly source?: string;
  readonly correlation?: string;
  readonly causation?: string;
  readonly timestamp?: string;
  readonly id?: string;
  readonly json?: boolean;
  readonly resume?: string;
  readonly partial?: boolean;
  readonly refused?: string;
  readonly dryRun?: boolean;
}

export function publishCommand(): Command {
  return withManyOptions(withOneOptions(withDatabase(new Command('publish'))))
    .description('Publish one event from flags, or many: NDJSON from a file or stdin, one event a line.')
    .argument('[file]', 'NDJSON; - for stdin, which is the default when something is piped in')
    .addHelpText(
      'after',
      examples(
        ['telltale publish --type device.rebooted --device UUID --data \'{"trigger":"user"}\'', 'one event'],
        ['telltale publish events.ndjson --resume events.state', 'many; run it again after a crash'],
        ['telltale publish --partial --refused bad.ndjson < events.ndjson', 'go on behind bad lines'],
        ['telltale publish --dry-run events.ndjson', 'check every line, publish none'],
      ),
    )
    .action(async (file: string | undefined, options: PublishOptions) => {
      if (options.type === undefined) await publishMany(chooseInput(file), options);
      else if (file === undefined) await publishOne(options.type, options);
      else throw usage('Give either --type for one event, or a file of events.');
    });
}

function withOneOptions(command: Command): Command {
  return command
    .option('--type <name>', 'event type')
    .option('--device <uuid>', 'the device it happened on', uuid)
    .option('--aggregate <id>', 'what it happened to, when the type belongs to no device')
    .option('--data <json>', 'payload as JSON, or @file')
    .addOption(severityOption('instead of the severity of the type'))
    .addOption(new Option('--outcome <outcome>').choices(outcomes))
    .option('--actor <type:id>', `who did it; type is one of ${actorTypes.join(', ')} (default: user)`, parseActor)
    .option('--tag <name=value>', 'may be given again', collect)
    .option('--source <service>', 'which service says so')
    .option('--correlation <uuid>', 'the story it belongs to', uuid)
    .option('--causation <uuid>', 'the event that led to it', uuid)
    .option('--timestamp <time>', 'when it happened (default: now)')
    .option('--id <uuid>', 'its id; given again, the event is stored once', uuid)
    .option('--json', 'print the receipt as JSON');
}

function withManyOptions(command: Command): Command {
  return command
    .option('--resume <file>', 'remember in this file how far it came, and go on from there')
    .option('--partial', 'go on behind lines that are refused')
    .option('--refused <file>', 'write refused lines there with their reasons, not to stderr; means --partial')
    .option('--dry-run', 'check every line and publish none');
}

function parseActor(text: string): EventActor {
  const [, type = 'user', id = ''] = /^(?:([a-z_]+):)?(.*)$/.exec(text) ?? [];
  const known = actorTypes.find((name) => name === type);
  if (known === undefined || id === '') {
    throw new InvalidArgumentError(`Expected TYPE:ID with a type of ${actorTypes.join(', ')}, for example user:anna.`);
  }
  return { type: known, id };
}

function chooseInput(file: string | undefined): string {
  if (file !== undefined) return file;
  if (process.stdin.isTTY) throw usage('Nothing to publish: give --type for one event, a file, or pipe NDJSON in.');
  return '-';
}

async function publishOne(type: string, options: PublishOptions): Promise<void> {
  const event = composeEvent(type, options);
  await withStore(options, async (store) => {
    if (options.dryRun) {
      const [refusal] = await store.check([event]);
      if (refusal) throw refusal;
      print('The event is good; nothing was published.');
      return;
    }
    const receipt = await store.publish(event);
    if (options.json) print(JSON.stringify(receipt));
    else if (receipt.status === 'pending') print(`${receipt.event_id} waits in the inbox.`);
    else
      print(
        `${receipt.event_id} ${receipt.status === 'stored' ? 'stored' : 'was there already'}: position ${receipt.position} of log ${receipt.log}.`,
      );
  });
}

function composeEvent(type: string, options: PublishOptions): EventInput {
  const { severity, actor, outcome } = options;
  const tags = options.tag?.map(parseTag);
  return {
    event_type: type,
    data: parseData(options.data ?? '{}'),
    ...(options.device !== undefined && { device_uuid: options.device }),
    ...(options.aggregate !== undefined && { aggregate_id: options.aggregate }),
    ...(options.source !== undefined && { source: options.source }),
    ...(options.correlation !== undefined && { correlation_id: options.correlation }),
    ...(options.causation !== undefined && { causation_id: options.causation }),
    ...(options.timestamp !== undefined && { timestamp: options.timestamp }),
    ...(options.id !== undefined && { event_id: options.id }),
    ...(outcome !== undefined && { outcome }),
    metadata: {
      ...(severity !== undefined && { severity }),
      ...(actor !== undefined && { actor }),
      ...(tags !== undefined && { tags: Object.fromEntries(tags) }),
    },
  };
}

function parseTag(text: string): [string, string] {
  const equals = text.indexOf('=');
  if (equals < 1) throw usage(`--tag: expected NAME=VALUE (found: ${text}).`);
  return [text.slice(0, equals), text.slice(equals + 1)];
}

function parseData(text: string): unknown {
  const json = text.startsWith('@') ? readFileSync(text.slice(1), 'utf8') : text;
  try {
    return JSON.parse(json);
  } catch (error) {
    throw usage(`--data: expected JSON (found: ${(error as Error).message}); quote it in '...'.`);
  }
}

async function publishMany(path: string, options: PublishOptions): Promise<void> {
  const signal = onInterrupt();
  const input = openInput(path);
  const checkpoint = options.resume === undefined || options.dryRun ? undefined : new Checkpoint(options.resume);
  const partial = options.partial === true || options.refused !== undefined;
  if (options.refused !== undefined && (checkpoint?.line ?? 0) === 0) writeFileSync(options.refused, '');
  const progress = new Progress(options.dryRun ? 'Checking' : 'Publishing', input.size);
  const report = await withStore(options, (store) =>
    publishFeed(store, input, {
      signal,
      onProgress: (bytes, events) => progress.update(bytes, events),
      ...(checkpoint !== undefined && { checkpoint }),
      ...(options.dryRun !== undefined && { dryRun: options.dryRun }),
      ...(partial && { onRefused: (refused) => tellRefused(refused, options.refused) }),
    }),
  ).finally(() => progress.stop());
  remark(summary(report, options));
  if (report.interrupted) process.exitCode = 130;
  else if (report.refused > 0) process.exitCode = 1;
}

/** On the disk before the checkpoint moves on: a crash in between writes a line twice, never not at all. */
function tellRefused(refused: readonly RefusedLine[], file: string | undefined): void {
  if (file === undefined) for (const { line, reason } of refused) remark(`line ${line}: ${reason}`);
  else appendFileSync(file, refused.map((one) => `${JSON.stringify(one)}\n`).join(''));
}

function summary(report: FeedReport, options: PublishOptions): string {
  const done = options.dryRun
    ? `${counted(report.published, 'event')} checked and good`
    : `${counted(report.published, 'event')} published`;
  const parts = [
    done,
    ...(report.duplicates > 0 ? [`${count(report.duplicates)} of them there already`] : []),
    ...(report.refused > 0 ? [`${counted(report.refused, 'line')} refused`] : []),
    ...(report.skipped > 0 ? [`${counted(report.skipped, 'line')} done by an earlier run`] : []),
  ];
  if (!report.interrupted) return `${parts.join(', ')}.`;
  const next =
    options.resume === undefined ? '' : `; ${programName()} publish with the same --resume goes on from there`;
  return `Interrupted after line ${report.line}: ${parts.join(', ')}${next}.`;
}
