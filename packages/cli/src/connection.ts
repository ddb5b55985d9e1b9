/** Finds the database of a command: --database, DATABASE_URL, or the embedded server of a running `telltale start`. */
import { defaultDirectory } from '@telltale/embedded';
import { type AnyEventStore, EventStore, type EventStoreOptions, openDatabase } from '@telltale/store';
import { type Command, Option } from 'commander';
import { NoDatabase, sentenceOf } from './failure.ts';
import { programName } from './invocation.ts';
import { readRunning } from './running.ts';
import { remark } from './view/output.ts';

export interface DatabaseOptions {
  readonly database?: string;
  readonly directory?: string;
}

export interface Address {
  readonly url: string;
  /** The server of `telltale start`, where we are the superuser and should not work as one. */
  readonly embedded: boolean;
}

/** Adds the two options that every command takes; `start` makes what the others look for, and says so. */
export function withDatabase(
  command: Command,
  about = {
    database: 'PostgreSQL to use (default: that of a running `telltale start`)',
    directory: 'data folder of the running `telltale start`',
  },
): Command {
  return command
    .addOption(new Option('-d, --database <url>', about.database).env('DATABASE_URL'))
    .option('--directory <path>', `${about.directory} (default: ${defaultDirectory()}, or TELLTALE_HOME)`);
}

/** @throws NoDatabase when there is none. */
export function findDatabase(options: DatabaseOptions): Address {
  if (options.database) return { url: options.database, embedded: false };
  const directory = options.directory ?? defaultDirectory();
  const running = readRunning(directory);
  if (running !== undefined) return { url: running.url, embedded: true };
  const start = `${programName()} start${options.directory === undefined ? '' : ` --directory ${directory}`}`;
  throw new NoDatabase(
    `No database to work with: run ${start} in another terminal, set DATABASE_URL or give --database.`,
  );
}

export const applicationRole = 'telltale_application';

/** Opens a store. On the embedded server it works as the application's role, as a user's own program would. */
export function openStore(address: Address, options: Partial<EventStoreOptions> = {}): AnyEventStore {
  return new EventStore<Record<string, unknown>>({
    connection: address.url,
    ...(address.embedded && { role: applicationRole }),
    worker: false,
    applicationName: 'telltale cli',
    onWarning: (warning) => remark(`warning: ${sentenceOf(warning)}`),
    ...options,
  });
}

/** Opens a store for one piece of work and closes it whatever happens. */
export async function withStore<Result>(
  options: DatabaseOptions,
  work: (store: AnyEventStore) => Promise<Result>,
  storeOptions: Partial<EventStoreOptions> = {},
): Promise<Result> {
  const store = openStore(findDatabase(options), storeOptions);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/** Whether the user of this address may work as the application's role. */
export async function canPlayApplication(url: string): Promise<boolean> {
  const database = openDatabase(url, { role: applicationRole, connections: 1 });
  try {
    await database.query({ text: 'select 1' });
    return true;
  } catch {
    return false;
  } finally {
    await database.close();
  }
}

/** The address without its password, for people to read. */
export function showAddress(url: string): string {
  try {
    const address = new URL(url);
    return `${address.hostname}:${address.port || '5432'}${address.pathname}`;
  } catch {
    return 'the given address';
  }
}
