/** A server that goes away and comes back with the same secret, at the same port: within the test, or a process to be killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type AnyEventStore, EventStore } from '@telltale/store';
import type { FastifyInstance } from 'fastify';
import { SignJWT } from 'jose';
import { onTestFinished } from 'vitest';
import { openServer } from '../../src/index.ts';

export abstract class RestartedServer {
  protected readonly url: string;
  protected readonly secret = randomBytes(32).toString('base64url');
  protected port = 0;

  constructor(url: string) {
    this.url = url;
    onTestFinished(() => this.close());
  }

  get address(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  token(): Promise<string> {
    return new SignJWT({ roles: ['viewer'], tenant: 'acme' })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject('anna')
      .setExpirationTime('10m')
      .sign(new TextEncoder().encode(this.secret));
  }

  abstract open(): Promise<void>;
  abstract close(): Promise<void>;
}

export class ServerInTest extends RestartedServer {
  #app: FastifyInstance | undefined;
  #store: AnyEventStore | undefined;

  async open(): Promise<void> {
    this.#store = new EventStore({ connection: this.url, worker: false, onWarning: () => undefined });
    this.#app = await openServer({ store: this.#store, secret: this.secret, audit: false, log: { level: 'silent' } });
    await this.#app.listen({ host: '127.0.0.1', port: this.port });
    this.port = (this.#app.server.address() as { port: number }).port;
  }

  async close(): Promise<void> {
    await this.#app?.close();
    await this.#store?.close();
    this.#app = undefined;
  }
}

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const program = fileURLToPath(new URL('serving-process.ts', import.meta.url));

export class ProcessServer extends RestartedServer {
  #child: ChildProcess | undefined;

  async open(): Promise<void> {
    // Not the tsx command, whose process would be the parent of the one to be killed.
    const child = spawn(
      process.execPath,
      ['--conditions=source', '--import', 'tsx', program, this.url, String(this.port)],
      {
        cwd: root,
        env: { ...process.env, TELLTALE_SECRET: this.secret },
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      },
    );
    this.#child = child;
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`expected a server that listens (found: it ended with ${String(code)})`);
    });
    ended.catch(() => undefined);
    [this.port] = (await Promise.race([once(child, 'message'), ended])) as [number];
  }

  /** `kill -9`: not a word to anybody. */
  async close(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
}
