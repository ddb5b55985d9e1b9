/** Recomputes the checksum of recorded events from the very bytes that are stored. */
import { type EventMetadata, TelltaleError, type Tier, tiers } from '@telltale/catalogue';
import type { Registry } from '../catalogue/registry.ts';
import { column } from '../database/column.ts';
import type { Database, Session, Value } from '../database/database.ts';
import { checksumOf } from '../event/checksum.ts';
import { type ContentFields, hashContent, writeContent } from '../event/content.ts';
import { requireUuid } from '../event/envelope.ts';
import { assembleMetadata } from '../event/metadata.ts';
import { formatTime, postgresEpoch } from '../event/time.ts';
import { readStatement } from '../sql-file.ts';
import type { EventRow, RowReader } from './event-row.ts';
import { readLogPosition } from './position.ts';

const readEvent = readStatement('read_event');

export interface Verification {
  readonly event_id: string;
  readonly log: number;
  readonly position: number;
  readonly valid: boolean;
  /** Checksum in the row. */
  readonly checksum: string;
  /** Checksum that the row's other columns give. */
  readonly computed: string;
}

/** Checksum that a stored row should carry. Its interned metadata must be known to the reader (see toEvents). */
function computeChecksum(registry: Registry, rows: RowReader, row: EventRow): string {
  const metadata = assembleMetadata({
    shared: rows.contextOf(row),
    own: row.context,
    actorType: row.actor_type,
    actorId: row.actor_type === null ? null : (row.actor_id ?? row.shard_key),
  });
  const content = writeContent(contentFields(registry, row, metadata), { text: row.data }, metadata);
  return checksumOf(hashContent(content), {
    log: row.log,
    position: Number(row.position),
    tierPosition: Number(row.tier_position),
    recordedAt: Number(row.recorded_at) - postgresEpoch,
    streamVersion: row.stream_version === null ? null : Number(row.stream_version),
  });
}

function contentFields(registry: Registry, row: EventRow, metadata: EventMetadata): ContentFields {
  return {
    type: { name: registry.findById(row.type_id)?.name ?? '' },
    eventId: row.event_id,
    timestamp: Number(row.timestamp),
    schemaVersion: row.schema_version,
    severity: row.severity,
    outcome: row.outcome,
    impact: row.impact,
    place: {
      aggregateType: row.aggregate_type ?? 'device',
      aggregateId: row.aggregate_id ?? row.shard_key,
      onDevice: row.on_device,
      shardKey: row.shard_key,
      shard: '',
    },
    tenant: row.tenant,
    source: row.source ?? metadata.source?.service ?? null,
    correlationId: row.correlation_id,
    causationId: row.causation_id,
    traceparent: row.traceparent,
  };
}

/** Verifies rows of one page. */
async function verifyRows(
  session: Session,
  registry: Registry,
  rows: RowReader,
  found: readonly EventRow[],
): Promise<Verification[]> {
  await rows.learn(session, found);
  return found.map((row) => {
    const computed = computeChecksum(registry, rows, row);
    const { event_id, log, position, checksum } = row;
    return { event_id, log, position: Number(position), valid: computed === checksum, checksum, computed };
  });
}

/**
 * Verifies the events with one id.
 * @throws InvalidArgument when there is none.
 */
export async function verifyEvent(
  session: Session,
  registry: Registry,
  rows: RowReader,
  eventId: string,
  tenant: string | null = null,
): Promise<Verification[]> {
  const recorded = await session.query<EventRow>(readEvent, [requireUuid(eventId, '/eventId')]);
  const found = recorded.filter((row) => tenant === null || row.tenant === tenant);
  if (found.length === 0)
    throw new TelltaleError('InvalidArgument', `expected a recorded event (found: none with id ${eventId})`);
  return verifyRows(session, registry, rows, found);
}

/** What verifying a whole log found. */
export interface VerifyReport {
  readonly verified: number;
  /** Events whose row was changed. */
  readonly changed: Verification[];
  /** Logs and tiers whose rows are not as many as head - floor says. */
  readonly miscounted: { log: number; tier: Tier; expected: number; found: number }[];
}

const readRows = readStatement('read_log');
const countTiers = readStatement('count_tiers');
const pageSize = 1000;

/** Recomputes every checksum, log by log, and compares the count of every tier with the arithmetic of the ledger. */
export async function verifyLog(
  database: Database,
  registry: Registry,
  rows: RowReader,
  onProgress: (verified: number) => void = () => undefined,
): Promise<VerifyReport> {
  const position = await readLogPosition(database);
  const changed: Verification[] = [];
  let verified = 0;
  for (const log of position.logs) {
    const floors = [0, 1, 2, 3].map((tier) => log.floors.find((floor) => floor.tier === tier)?.tier_position ?? 0);
    for (let after = 0, since = '-infinity'; after < log.position; ) {
      const values: Record<string, Value> = {
        log: log.log,
        after,
        head: log.position,
        since,
        floors: column('int8', floors),
        limit: pageSize,
      };
      const page = await database.query<EventRow>(
        readRows,
        readRows.parameters.map((name) => values[name] ?? null),
      );
      const last = page.at(-1);
      if (last === undefined) break;
      changed.push(...(await verifyRows(database, registry, rows, page)).filter((one) => !one.valid));
      verified += page.length;
      after = Number(last.position);
      since = formatTime(Number(last.recorded_at));
      onProgress(verified);
    }
  }
  return { verified, changed, miscounted: await findMiscounted(database) };
}

async function findMiscounted(database: Database): Promise<VerifyReport['miscounted']> {
  const counts = await database.query<{ log: number; tier: number; expected: string; found: string }>(countTiers);
  return counts
    .filter((row) => row.expected !== row.found)
    .map((row) => ({
      log: row.log,
      tier: tiers[row.tier] ?? 'standard',
      expected: Number(row.expected),
      found: Number(row.found),
    }));
}
