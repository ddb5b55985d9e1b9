/** Events that came too late: dated before a base and recorded after it, so that no state has them. */
import { valuesOf } from '../read/criterion.ts';
import { readStatement } from '../sql-file.ts';
import type { Base } from './ladder.ts';
import { grownSince, type Moment, type Subject } from './moment.ts';

const listIgnoredEvents = readStatement('list_ignored_events');

/** More are not listed. */
const mostIgnored = 1000;

/** Ids of what is ignored at the times from this base on. Those that its forerunners ignored stay so. */
export async function listIgnored(moment: Moment, subject: Subject, base: Base | null): Promise<readonly string[]> {
  if (base === null) return [];
  const since = await grownSince(moment, base.heads);
  if (since === undefined) return base.ignored;
  const rows = await moment.session.query<{ event_id: string }>(
    listIgnoredEvents,
    valuesOf(listIgnoredEvents.parameters, {
      shard_key: subject.shardKey,
      tenant: subject.tenant,
      until: base.timestamp,
      since,
      heads: JSON.stringify(base.heads),
      limit: mostIgnored,
    }),
  );
  return [...new Set([...base.ignored, ...rows.map((row) => row.event_id)])].slice(0, mostIgnored);
}
