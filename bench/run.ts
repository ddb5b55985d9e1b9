/** Runs one row once, in a database of its own, and takes the time and the processor time of both sides. */
import type { EventInput } from '@telltale/catalogue';
import type { Client } from 'pg';
import { withClient } from './connection.ts';
import type { Contender } from './contender.ts';
import { readCpuTime } from './cpu.ts';
import type { Row } from './plan.ts';

const PREFIX = 'telltale_bench';

export interface Run {
  readonly rate: number;
  readonly nodeMicroseconds: number;
  readonly postgresMicroseconds: number | null;
  readonly bytes: Record<string, number>;
}

function sizes(contender: Contender, url: string, events: number): Promise<Record<string, number>> {
  return withClient(url, async (client) => (await contender.measure?.(client, events)) ?? {});
}

function inDatabase(url: string, database: string): string {
  const address = new URL(url);
  address.pathname = `/${database}`;
  return address.href;
}

/** The server under test: makes a template database for every set-up, and a copy of it for every run. */
export class Ring {
  readonly #url: string;
  readonly #admin: Client;
  readonly #templates = new Map<Contender['setup'], string>();

  constructor(url: string, admin: Client) {
    this.#url = url;
    this.#admin = admin;
  }

  /** Contenders that are set up alike, as our ways in are, share a template. */
  async #template({ setup }: Contender): Promise<string> {
    const known = this.#templates.get(setup);
    if (known !== undefined) return known;
    const name = `${PREFIX}_template_${this.#templates.size}`;
    await this.#drop(name);
    await this.#admin.query(`create database ${name}`);
    this.#templates.set(setup, name);
    await setup(inDatabase(this.#url, name));
    return name;
  }

  /** PostgreSQL itself waits up to 5 s here for connections that are just going away. */
  async #drop(name: string): Promise<void> {
    await this.#admin.query(`drop database if exists ${name}`);
  }

  /** A fresh copy of the contender's empty tables, everything older on disk, then the run. */
  async run({ contender, shape }: Row, events: readonly EventInput[]): Promise<Run> {
    const template = await this.#template(contender);
    const database = `${PREFIX}_run`;
    await this.#drop(database);
    // Copying the files takes 0.3 s and no WAL, against 0.4 s for copying through it.
    await this.#admin.query(`create database ${database} template ${template} strategy file_copy`);
    await this.#admin.query('checkpoint');
    const url = inDatabase(this.#url, database);
    const session = await contender.open(url, shape);
    try {
      // One batch a caller warms what is made on first use: plans, the backends' caches, the library's own.
      const first = events.slice(0, shape.batch * shape.callers);
      await session.run(first);
      const before = await readCpuTime(this.#admin, database);
      const started = performance.now();
      await session.run(events);
      const seconds = (performance.now() - started) / 1000;
      const after = await readCpuTime(this.#admin, database);
      return {
        rate: events.length / seconds,
        nodeMicroseconds: (after.node - before.node) / events.length,
        postgresMicroseconds:
          after.postgres === null || before.postgres === null
            ? null
            : (after.postgres - before.postgres) / events.length,
        bytes: await sizes(contender, url, events.length + first.length),
      };
    } finally {
      await session.close();
    }
  }

  async close(): Promise<void> {
    for (const name of [...this.#templates.values(), `${PREFIX}_run`]) await this.#drop(name);
  }
}
