/** `telltale types`: the catalogue of event types, one of them in full, and registering types of your own. */
import { readFile } from 'node:fs/promises';
import { catalogue, findEventType, nearestNames } from '@telltale/catalogue';
import type { EventTypeDescription, EventTypeRegistration } from '@telltale/store';
import { Command } from 'commander';
import { type DatabaseOptions, findDatabase, openStore, withDatabase, withStore } from '../connection.ts';
import { CommandFailure, NoDatabase } from '../failure.ts';
import { examples } from '../option.ts';
import { expandNames, isPattern } from '../pattern.ts';
import { colours } from '../view/colour.ts';
import { paintSeverity } from '../view/line.ts';
import { counted } from '../view/number.ts';
import { print, printAll, remark } from '../view/output.ts';
import { fit, tableOf } from '../view/table.ts';

interface TypesOptions extends DatabaseOptions {
  readonly json?: boolean;
}

export function typesCommand(): Command {
  return withDatabase(new Command('types'))
    .description('Show the catalogue of event types, or one of them with its schema and an example.')
    .argument('[name]', 'an event type, or a pattern like job.*')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      examples(
        ['telltale types', 'all of them'],
        ["telltale types 'job.*'", 'those about jobs'],
        ['telltale types job.failed', 'one: schema, retention, example'],
        ['telltale types register pump.json', 'register a type of your own, or a list of them'],
      ),
    )
    .action(async (name: string | undefined, options: TypesOptions) => show(name, options))
    .addCommand(registerCommand());
}

function registerCommand(): Command {
  return withDatabase(new Command('register'))
    .description('Register event types from a JSON file: one declaration, or a list of them.')
    .argument('<file>')
    .addHelpText(
      'after',
      `
A declaration needs name, description and schema (JSON Schema, draft 2020-12); the rest has defaults:
  {
    "name": "pump.primed",
    "description": "A pump was primed.",
    "summary": "Primed with {litres} l",
    "tier": "standard", "days": 90, "severity": "info", "category": "operation",
    "schema": {
      "type": "object", "required": ["litres"], "additionalProperties": false,
      "properties": { "litres": { "type": "number", "minimum": 0 } }
    }
  }`,
    )
    .action(async (file: string, _options: unknown, command: Command) => register(file, command.optsWithGlobals()));
}

async function show(name: string | undefined, options: TypesOptions): Promise<void> {
  const all = await readTypes(options);
  const exact = name === undefined || isPattern(name) ? undefined : all.find((type) => type.name === name);
  if (name !== undefined && !isPattern(name) && exact === undefined) throw unknown(name, all);
  if (exact !== undefined) {
    if (options.json) print(JSON.stringify(exact, null, 2));
    else await printAll(detailsOf(exact));
    return;
  }
  const names =
    name === undefined
      ? undefined
      : new Set(
          expandNames(
            [name],
            all.map((type) => type.name),
          ),
        );
  const shown = names === undefined ? all : all.filter((type) => names.has(type.name));
  if (options.json) print(JSON.stringify(shown, null, 2));
  else await printAll(listOf(shown));
}

/** From the database, which knows the registered ones too; without any, those that this version declares. */
async function readTypes(options: TypesOptions): Promise<readonly EventTypeDescription[]> {
  let address: ReturnType<typeof findDatabase>;
  try {
    address = findDatabase(options);
  } catch (error) {
    if (!(error instanceof NoDatabase)) throw error;
    remark('Without a database: the types that this version declares.');
    return catalogue.map((type) => ({ ...type, versions: [type.version], registered: false }));
  }
  const store = openStore(address);
  try {
    return await store.describeEventTypes();
  } finally {
    await store.close();
  }
}

function unknown(name: string, all: readonly EventTypeDescription[]): CommandFailure {
  const near = nearestNames(
    name,
    all.map((type) => type.name),
  );
  return new CommandFailure(
    `There is no event type ${name}; ${near.length > 0 ? `did you mean ${near.join(' or ')}?` : 'telltale types lists them.'}`,
  );
}

const keptFor = (days: number | null): string => (days === null ? 'for ever' : counted(days, 'day'));

function listOf(types: readonly EventTypeDescription[]): string[] {
  const rows = types.map((type) => [
    colours.cyan(type.name),
    type.tier,
    keptFor(type.days),
    paintSeverity(type.severity, type.severity),
    type.registered ? `${type.description} ${colours.dim('(registered)')}` : type.description,
  ]);
  const lines = tableOf(['Event type', 'Tier', 'Kept', 'Severity', 'Description'], rows, [2]);
  return [...lines.map(fit), '', counted(types.length, 'type')];
}

function detailsOf(type: EventTypeDescription): string[] {
  const facts: [string, string][] = [
    ['Belongs to', type.aggregate],
    ['Category', type.category],
    ['Severity', type.severity],
    ['Kept', `${keptFor(type.days)}, tier ${type.tier}`],
    ['Version', type.versions.length > 1 ? `${type.version} (of ${type.versions.join(', ')})` : String(type.version)],
    ['In words', type.summary],
    ...(type.personal.length > 0 ? [['Personal', type.personal.join(', ')] as [string, string]] : []),
    ...(type.repetitive === null ? [] : [['Repeats', `about every ${type.repetitive.interval} s`] as [string, string]]),
    ...(type.sampled ? [['Sampled', 'publishers send only some of them'] as [string, string]] : []),
    ...(type.registered ? [['Registered', 'at run time'] as [string, string]] : []),
  ];
  const example = findEventType(type.name)?.valid[0];
  return [
    colours.bold(type.name),
    type.description,
    '',
    ...facts.map(([title, value]) => `${title.padEnd(12)}${value}`),
    '',
    colours.bold('Schema of its data'),
    JSON.stringify(type.schema, null, 2),
    ...(example === undefined ? [] : ['', colours.bold('Publish one'), publishExample(type, example)]),
  ];
}

function publishExample(type: EventTypeDescription, example: unknown): string {
  const where =
    type.aggregate === 'device' ? '--device UUID' : `--aggregate ${type.aggregate.toUpperCase()}_ID --device UUID`;
  return `telltale publish --type ${type.name} ${where} --data '${JSON.stringify(example).replaceAll("'", "'\\''")}'`;
}

async function register(file: string, options: DatabaseOptions): Promise<void> {
  const declared = parse(await readFile(file, 'utf8'), file);
  await withStore(options, async (store) => {
    for (const registration of declared) {
      const type = await store.registerEventType(registration);
      print(`Registered ${type.name}, version ${type.version}: tier ${type.tier}, kept ${keptFor(type.days)}.`);
    }
  });
}

function parse(text: string, file: string): EventTypeRegistration[] {
  try {
    const value = JSON.parse(text) as EventTypeRegistration | EventTypeRegistration[];
    return Array.isArray(value) ? value : [value];
  } catch (error) {
    throw new CommandFailure(`${file} is not JSON (${(error as Error).message}); correct it and try again.`);
  }
}
