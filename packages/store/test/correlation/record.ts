/** Puts generated events straight into the tier tables of a test database: a hundred thousand in a second or two. */
import { createHash } from 'node:crypto';
import { Client } from 'pg';

export interface GeneratedEvent {
  readonly device: string;
  readonly type: string;
  /** Seconds since 1970. */
  readonly at: number;
  readonly severity?: number;
  readonly data?: object;
}

export interface RecordOptions {
  /** When the data ends: the clock of the database from now on. */
  readonly end: number;
  readonly days: number;
  readonly tenant?: string;
}

/** The uuid of a device with a name. */
export function deviceUuid(name: string): string {
  return createHash('md5')
    .update(name)
    .digest('hex')
    .replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5');
}

/** Records all of them, and stops the clock at the end of the data. */
export async function record(url: string, events: readonly GeneratedEvent[], options: RecordOptions): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`create or replace function telltale.clock() returns timestamptz language sql volatile parallel safe
      return to_timestamp(${options.end})`);
    await client.query(
      `select telltale.make_partitions(tier, to_timestamp($1::float8 - 86400 * $2::integer), to_timestamp($1), 'quarter')
       from unnest(array['critical', 'important', 'standard', 'debug']) tier`,
      [options.end, options.days],
    );
    await recordEvents(client, events, options.tenant ?? null);
    await client.query(
      `insert into telltale.log_batches select 0, coalesce(max(last_position), 0) + 1, coalesce(max(last_position), 0) + $1::integer, to_timestamp($2), 0, 0, 0, 0
       from telltale.log_batches`,
      [events.length, options.end],
    );
    await client.query('vacuum analyze telltale.events_important, telltale.events_standard, telltale.events_debug');
  } finally {
    await client.end();
  }
}

async function recordEvents(client: Client, events: readonly GeneratedEvent[], tenant: string | null): Promise<void> {
  await client.query(
    `create temp table generated as
     select e.device, e.type, to_timestamp(e.at) as at, e.severity, e.data, $6::text as tenant, e.position
     from unnest($1::uuid[], $2::text[], $3::float8[], $4::smallint[], $5::json[]) with ordinality
       as e (device, type, at, severity, data, position)`,
    [
      events.map((event) => event.device),
      events.map((event) => event.type),
      events.map((event) => event.at),
      events.map((event) => event.severity ?? 1),
      events.map((event) => JSON.stringify(event.data ?? {})),
      tenant,
    ],
  );
  for (const tier of ['critical', 'important', 'standard', 'debug']) {
    await client.query(
      `insert into telltale.events_${tier} (recorded_at, "timestamp", position, tier_position, type_id, log, schema_version,
         severity, on_device, event_id, shard_key, checksum, data, tenant)
       select g.at, g.at, g.position, g.position, t.type_id, 0, 1, g.severity, true,
         md5(g.position || coalesce(g.tenant, ''))::uuid, g.device, sha256(''), g.data, g.tenant
       from generated g
       join telltale.event_types t on t.event_type = g.type and t.retention_tier = $1`,
      [tier],
    );
  }
  await client.query('drop table generated');
}
