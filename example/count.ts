/** Counts the events of one log by type and severity, in SQL, as anybody with a database client could. */
import type { Pool } from 'pg';

export interface Count {
  readonly event_type: string;
  readonly severity: string;
  readonly events: number;
}

const statement = `
select event_type, severity, count(*)::int as events
from telltale.events
where log = $1
group by event_type, severity
order by event_type, events desc`;

export async function countEvents(pool: Pool, log: number): Promise<Count[]> {
  const { rows } = await pool.query<Count>(statement, [log]);
  return rows;
}

/** The counts as a table. */
export function showCounts(counts: readonly Count[]): string[] {
  const width = Math.max(...counts.map((count) => count.event_type.length));
  const total = counts.reduce((sum, count) => sum + count.events, 0);
  return [
    ...counts.map(
      ({ event_type: type, severity, events }) =>
        `  ${type.padEnd(width)}  ${severity.padEnd(8)}  ${show(events).padStart(6)}`,
    ),
    `  ${'together'.padEnd(width)}  ${''.padEnd(8)}  ${show(total).padStart(6)}`,
  ];
}

function show(count: number): string {
  return count.toLocaleString('en');
}
