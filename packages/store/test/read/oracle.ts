/** What the reads must answer, worked out in plain JavaScript from every row that a snapshot shows. */
import pg from 'pg';
import { Registry } from '../../src/catalogue/registry.ts';
import type { Session } from '../../src/database/database.ts';
import { pgSession } from '../../src/database/pg.ts';
import { RowReader } from '../../src/read/event-row.ts';

/** One event as the oracle knows it; time in microseconds since 1970. */
export interface Row {
  readonly event_id: string;
  readonly event_type: string;
  readonly sampled: boolean;
  readonly time: number;
  readonly log: number;
  readonly position: number;
  readonly device_uuid: string | null;
  readonly aggregate_type: string;
  readonly aggregate_id: string;
  readonly tenant: string | null;
  readonly severity: string;
  readonly causation_id: string | null;
  readonly retention_tier: string;
}

export interface Snapshot {
  readonly session: Session;
  readonly registry: Registry;
  readonly reader: RowReader;
  readonly rows: readonly Row[];
  /** The server's clock when the snapshot was taken, microseconds since 1970. */
  readonly clock: number;
}

/** Every live event, by a scan of everything; not by the way any read goes. */
const everything = `
  select e.event_id, e.event_type, t.sampled, (extract(epoch from e."timestamp") * 1000000)::float8 as time, e.log,
    e.position::float8 as position, e.device_uuid, e.aggregate_type, e.aggregate_id, e.tenant, e.severity, e.causation_id,
    e.retention_tier
  from telltale.events e join telltale.event_types t using (event_type)`;

/** Runs the work as the application, in one REPEATABLE READ snapshot that the oracle shares. */
export async function inSnapshot(url: string, work: (snapshot: Snapshot) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url, options: '-c role=telltale_application -c timezone=UTC' });
  await client.connect();
  try {
    await client.query('begin isolation level repeatable read read only');
    const { rows } = await client.query<Row>(everything);
    const clock = await client.query<{ clock: number }>(
      'select (extract(epoch from telltale.clock()) * 1000000)::float8 as clock',
    );
    const registry = new Registry();
    const snapshot = {
      session: pgSession(client),
      registry,
      reader: new RowReader(registry),
      rows,
      clock: clock.rows[0]?.clock ?? 0,
    };
    await work(snapshot);
  } finally {
    await client.end();
  }
}

/** (timestamp, log, position): the order of everything. */
export const inOrder = (rows: readonly Row[]): Row[] =>
  [...rows].sort((one, other) => one.time - other.time || one.log - other.log || one.position - other.position);

export const placesOf = (rows: readonly { readonly log: number; readonly position: number }[]): string[] =>
  rows.map((row) => `${row.log}/${row.position}`);
