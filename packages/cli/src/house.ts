/** The server that `telltale start` works on: the embedded one, kept for as long as we run, or the user's. */
import { defaultDirectory, type PostgresServer, startPostgres } from '@telltale/embedded';
import { migrate } from '@telltale/store';
import { type Address, type DatabaseOptions, showAddress } from './connection.ts';
import { forgetRunning, noteRunning } from './running.ts';
import { counted } from './view/number.ts';
import { print } from './view/output.ts';

export class House {
  readonly #options: DatabaseOptions;
  readonly directory: string;
  #server: PostgresServer | undefined;

  constructor(options: DatabaseOptions) {
    this.#options = options;
    this.directory = options.directory ?? defaultDirectory();
  }

  /** A migrated database, which other commands find from now on; undefined when the signal came first. */
  async open(interrupt: AbortSignal): Promise<Address | undefined> {
    const { database } = this.#options;
    const url = database ?? (await this.#startServer());
    if (interrupt.aborted) return undefined;
    const { migrations } = await migrate(url);
    if (migrations.length > 0)
      print(`Migrated ${showAddress(url)}: ${counted(migrations.length, 'migration')} and the event types.`);
    if (this.#server !== undefined) noteRunning(this.directory, { url, pid: process.pid });
    return { url, embedded: database === undefined };
  }

  async close(): Promise<void> {
    if (this.#server === undefined) return;
    forgetRunning(this.directory);
    print('Stopping PostgreSQL ...');
    await this.#server.stop();
    print(`Stopped. The data stay in ${this.directory}.`);
  }

  async #startServer(): Promise<string> {
    print(`Starting PostgreSQL in ${this.directory} ...`);
    this.#server = await startPostgres({ directory: this.directory });
    return this.#server.url;
  }
}
