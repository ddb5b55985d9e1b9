/** Carries everything of one database into a freshly migrated one, table by table, as a data-only dump does. */
import { pipeline } from 'node:stream/promises';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import type { Session } from './session.ts';

const listTables = `
  select c.relname as name
  from pg_class c
  where c.relnamespace = 'telltale'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
    and c.relname not in ('migrations', 'applied_files')
  order by c.relname`;

/** Partitions first, then every table; keys and triggers are off meanwhile, as pg_dump switches them. */
export async function copyDatabase(source: Session, target: Session): Promise<void> {
  const partitions = await source.ask<{ tier: string; from: string; to: string }>(
    'select tier, from_time::text as from, (to_time - interval $$1 microsecond$$)::text as to from telltale.partitions',
  );
  for (const { tier, from, to } of partitions) {
    await target.ask('select telltale.make_partitions($1, $2, $3)', [tier, from, to]);
  }
  const tables = await source.ask<{ name: string }>(listTables);
  await target.ask('set session_replication_role = replica');
  await source.ask('begin isolation level repeatable read read only');
  for (const { name } of tables) {
    if (!name.startsWith('events_')) await target.ask(`delete from telltale.${name}`);
    await pipeline(
      source.client.query(copyTo(`copy (select * from telltale.${name}) to stdout`)),
      target.client.query(copyFrom(`copy telltale.${name} from stdin`)),
    );
  }
  const [sequence] = await source.ask<{ value: string }>('select last_value as value from telltale.inbox_id');
  await source.ask('commit');
  await target.ask('select setval($1, $2)', ['telltale.inbox_id', sequence?.value]);
  await target.ask('reset session_replication_role');
}
