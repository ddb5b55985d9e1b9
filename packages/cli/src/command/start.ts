/** `telltale start`: a PostgreSQL, the schema, a simulated fleet, and a view of what it does. */
import { defaultDirectory, type PostgresServer, startPostgres } from '@telltale/embedded';
import { type AnyEventStore, EventStore, migrate } from '@telltale/store';
import { Command } from 'commander';
import { type Address, applicationRole, canPlayApplication, showAddress, withDatabase } from '../connection.ts';
import { sentenceOf } from '../failure.ts';
import { Fleet } from '../fleet/fleet.ts';
import { recallDevices } from '../fleet/recall.ts';
import { simulate } from '../fleet/simulate.ts';
import { follow, pause } from '../follow.ts';
import { onInterrupt } from '../interrupt.ts';
import { programName } from '../invocation.ts';
import { forgetRunning, noteRunning } from '../running.ts';
import { count, duration, frame, type Moment, plainLine, type Setting } from '../view/live.ts';
import { Screen } from '../view/screen.ts';
import { Tally } from '../view/tally.ts';

interface StartOptions {
  readonly database?: string;
  readonly directory?: string;
  readonly devices: number;
  readonly rate: number;
  readonly seed: number;
  readonly seconds?: number;
}

export function startCommand(): Command {
  return withDatabase(new Command('start'))
    .description('Start everything: an embedded PostgreSQL, the schema, a simulated fleet, and a live view.')
    .option('--devices <number>', 'devices of the simulated fleet; 0 for none', Number, 200)
    .option('--rate <number>', 'events a second that the fleet makes on average', Number, 200)
    .option('--seed <number>', 'another seed is another fleet', Number, 1)
    .option('--seconds <number>', 'stop after so many seconds (default: at Ctrl-C)', Number)
    .action((options: StartOptions) => start(options));
}

async function start(options: StartOptions): Promise<void> {
  const interrupt = onInterrupt();
  const house = new House(options);
  try {
    const address = await house.open();
    if (!interrupt.aborted) await live(address, options, interrupt);
  } catch (error) {
    // Ctrl-C ends what is under way; that it did not finish is no news.
    if (!interrupt.aborted) throw error;
  } finally {
    await house.close();
  }
}

/** The server that everything happens on: ours for as long as we run, or the user's. */
class House {
  readonly #options: StartOptions;
  readonly #directory: string;
  #server: PostgresServer | undefined;

  constructor(options: StartOptions) {
    this.#options = options;
    this.#directory = options.directory ?? defaultDirectory();
  }

  async open(): Promise<Address> {
    const { database } = this.#options;
    const url = database ?? (await this.#startServer());
    say(`Migrating ${showAddress(url)} ...`);
    const report = await migrate(url);
    if (report.migrations.length > 0)
      say(`Applied ${report.migrations.length} migrations and the catalogue of event types.`);
    if (this.#server !== undefined) noteRunning(this.#directory, { url, pid: process.pid });
    return { url, embedded: database === undefined };
  }

  async close(): Promise<void> {
    if (this.#server === undefined) return;
    forgetRunning(this.#directory);
    say('Stopping PostgreSQL ...');
    await this.#server.stop();
    say(`Stopped. The data stay in ${this.#directory}.`);
  }

  async #startServer(): Promise<string> {
    say(`Starting PostgreSQL in ${this.#directory} ...`);
    this.#server = await startPostgres({ directory: this.#directory });
    return this.#server.url;
  }
}

async function live(address: Address, options: StartOptions, interrupt: AbortSignal): Promise<void> {
  const role = (await canPlayApplication(address.url)) ? { role: applicationRole } : {};
  const store: AnyEventStore = new EventStore<Record<string, unknown>>({
    connection: address.url,
    applicationName: 'telltale start',
    ...role,
  });
  try {
    await new Show(store, address, options, interrupt).run();
  } finally {
    await store.close();
  }
}

/** The fleet, the eye that follows the log, and the view, side by side until one ends all of them. */
class Show {
  readonly #store: AnyEventStore;
  readonly #address: Address;
  readonly #options: StartOptions;
  // One controller and not AbortSignal.any: Node 20 loses signals of which only the combination is held.
  readonly #end = new AbortController();
  readonly #tally = new Tally();
  readonly #startedAt = Date.now();
  #fleet: Fleet | undefined;
  #trouble: string | undefined;

  constructor(store: AnyEventStore, address: Address, options: StartOptions, interrupt: AbortSignal) {
    this.#store = store;
    this.#address = address;
    this.#options = options;
    interrupt.addEventListener('abort', () => this.#end.abort());
    if (options.seconds !== undefined) setTimeout(() => this.#end.abort(), options.seconds * 1000).unref();
  }

  async run(): Promise<void> {
    const { devices, rate, seed } = this.#options;
    const start = Date.now();
    if (devices > 0) {
      const known = await recallDevices(this.#store);
      this.#fleet = new Fleet({ devices, rate, seed, start, known });
    }
    const parts = [this.#watch(), this.#show(), ...(this.#fleet ? [this.#simulate(this.#fleet, start)] : [])];
    for (const part of parts) part.catch(() => this.#end.abort());
    const results = await Promise.allSettled(parts);
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    say(`${count(this.#tally.total)} events in ${duration(Date.now() - this.#startedAt)}.`);
  }

  async #simulate(fleet: Fleet, start: number): Promise<void> {
    await simulate(this.#store, fleet, start, { signal: this.#end.signal, onTrouble: this.#onTrouble });
  }

  async #watch(): Promise<void> {
    const pages = follow(this.#store, {
      last: 0,
      filter: () => ({}),
      signal: this.#end.signal,
      poll: 200,
      onTrouble: this.#onTrouble,
    });
    for await (const page of pages) this.#tally.add(page, Date.now());
  }

  readonly #onTrouble = (error: Error | undefined): void => {
    this.#trouble = error === undefined ? undefined : sentenceOf(error);
  };

  async #show(): Promise<void> {
    const setting = await describe(this.#store, this.#address, this.#options);
    if (!process.stdout.isTTY) return this.#showLines(setting);
    const screen = new Screen(process.stdout);
    try {
      while (!this.#end.signal.aborted) {
        screen.draw(frame(setting, this.#moment(), screen.columns, screen.rows));
        await pause(250, this.#end.signal);
      }
    } finally {
      screen.close();
    }
  }

  async #showLines(setting: Setting): Promise<void> {
    say(`Running on ${setting.place}. Try next, in another terminal:`);
    if (setting.preface !== undefined) say(`  ${setting.preface}`);
    for (const [command, what] of setting.hints) say(`  ${command}    # ${what}`);
    while (!this.#end.signal.aborted) {
      await pause(5000, this.#end.signal);
      say(plainLine(this.#moment()));
    }
  }

  #moment(): Moment {
    const fleet = this.#fleet;
    return {
      now: Date.now(),
      startedAt: this.#startedAt,
      tally: this.#tally,
      trouble: this.#trouble,
      fleet: fleet === undefined ? undefined : { online: fleet.online, devices: fleet.devices },
    };
  }
}

async function describe(store: AnyEventStore, address: Address, options: StartOptions): Promise<Setting> {
  const { findings } = await store.diagnose();
  const server = findings.find((finding) => finding.subject === 'server')?.message ?? 'PostgreSQL';
  const telltale = programName();
  const where = options.directory === undefined || !address.embedded ? '' : ` --directory ${options.directory}`;
  return {
    place: `${server.split(' ').slice(0, 2).join(' ')} at ${showAddress(address.url)}`,
    data: address.embedded ? `data in ${options.directory ?? defaultDirectory()}` : undefined,
    preface: address.embedded ? undefined : 'export DATABASE_URL=...   # the address that you gave to this one',
    hints: [
      [`${telltale} tail${where} --severity warning`, 'follow what goes wrong'],
      [`${telltale} doctor${where}`, 'is everything as it should be?'],
    ],
  };
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
