/** What PostgreSQL did for a statement: the nodes of its plan, and of those that its functions ran. */
import { Client } from 'pg';
import { expect } from 'vitest';
import { readStatement } from '../../src/sql-file.ts';
import { ask } from './session.ts';

export interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Index Cond'?: string;
  readonly 'Actual Loops': number;
  readonly 'Heap Fetches'?: number;
  readonly Plans?: readonly PlanNode[];
}

/** Values of a statement's parameters; what is left out is null. */
export type Values = Readonly<Record<string, string | number | boolean | null>>;

export const nodesOf = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)];

/** The nodes of some plans that ran at all. */
export const ranNodesOf = (plans: readonly PlanNode[]): PlanNode[] =>
  plans.flatMap(nodesOf).filter((node) => node['Actual Loops'] > 0);

export const typesOf = (nodes: readonly PlanNode[]): string[] =>
  [...new Set(nodes.map((node) => node['Node Type']))].sort();

/** Partitions of at least so many rows by the statistics; those with fewer are read in whatever way. */
export async function listFilledPartitions(url: string, least = 1): Promise<Set<string>> {
  const rows = await ask<{ relname: string }>(
    url,
    `select relname from pg_class
     where relnamespace = 'telltale'::regnamespace and relispartition and relkind = 'r' and reltuples >= $1`,
    [least],
  );
  return new Set(rows.map(({ relname }) => relname));
}

/** Prepares a statement of the library, and gives what executes it with these values. */
export async function prepareCall(client: Client, name: string, values: Values): Promise<string> {
  const statement = readStatement(name);
  const literals = statement.parameters.map((parameter) => {
    const value = values[parameter] ?? null;
    return value === null ? 'null' : `'${String(value)}'`;
  });
  await client.query('deallocate all');
  await client.query(`prepare call as ${statement.text}`);
  return `execute call(${literals.join(', ')})`;
}

/** The plan of a statement of the library after it ran, by a `custom` or a `generic` plan. */
export async function explainStatement(client: Client, name: string, values: Values, mode: string): Promise<PlanNode> {
  await client.query(`set plan_cache_mode = force_${mode}_plan`);
  const call = await prepareCall(client, name, values);
  const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
    `explain (analyze, timing off, format json) ${call}`,
  );
  return (rows[0] as { 'QUERY PLAN': [{ Plan: PlanNode }] })['QUERY PLAN'][0].Plan;
}

/** A connection that sees what functions run, which nobody but auto_explain tells. */
export class ExplainingClient {
  readonly client: Client;
  readonly #plans: string[] = [];

  private constructor(client: Client) {
    this.client = client;
    client.on('notice', ({ message = '' }) => {
      if (message.includes('plan:')) this.#plans.push(message.slice(message.indexOf('{')));
    });
  }

  /** Sets `settings` last of all: the role of the application may not load the extension. */
  static async open(url: string, settings = ''): Promise<ExplainingClient> {
    const client = new Client({ connectionString: url });
    await client.connect();
    const explaining = new ExplainingClient(client);
    await client.query(`load 'auto_explain'`);
    const own = { log_nested_statements: 'on', log_min_duration: '0', log_analyze: 'on', log_timing: 'off' };
    for (const [name, value] of Object.entries({ ...own, log_format: 'json' })) {
      await client.query(`set auto_explain.${name} = ${value}`);
    }
    await client.query(`set client_min_messages = log; ${settings}`);
    return explaining;
  }

  /** The plans of all statements that the call ran. */
  async explain(call: string, values: unknown[] = []): Promise<PlanNode[]> {
    this.#plans.length = 0;
    await this.client.query(call, values);
    expect(this.#plans.length).toBeGreaterThan(0);
    return this.#plans.map((plan) => (JSON.parse(plan) as { Plan: PlanNode }).Plan);
  }

  close(): Promise<void> {
    return this.client.end();
  }
}
