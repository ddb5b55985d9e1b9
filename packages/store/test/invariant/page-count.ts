/** Pages that statements touch, in memory or not: what their cost grows with, the same on a busy machine as on an idle one. */
import type { Session } from './session.ts';

/** What can be asked, a pool of one connection as well. */
type Asked = Pick<Session['client'], 'query'>;

/** A backend tells of the pages that it touched at once when it is asked to, else a second or ten later. */
async function flush({ query }: { readonly query: (text: string) => Promise<unknown> }): Promise<void> {
  await query('select pg_stat_force_next_flush()');
  await query('select');
}

/** Pages, of tables whose names match a pattern, that anybody ever touched; complete for what these connections did. */
export async function countPages(tables: string, connections: readonly [Asked, ...Asked[]]): Promise<number> {
  for (const connection of connections) await flush({ query: (text) => connection.query(text) });
  const { rows } = await connections[0].query<{ pages: string }>(
    `select sum(heap_blks_hit + heap_blks_read + coalesce(idx_blks_hit + idx_blks_read, 0)) as pages
     from pg_statio_user_tables where relname ~ $1`,
    [tables],
  );
  return Number(rows[0]?.pages);
}

/** Its pages would be counted too: autovacuum comes after 1,000 rows, and once read 1,200 pages in between. */
export async function stopAutovacuum(session: Session): Promise<void> {
  const tables = await session.ask<{ name: string }>(
    `select oid::regclass::text as name from pg_class where relnamespace = 'telltale'::regnamespace and relkind = 'r'`,
  );
  for (const { name } of tables) await session.ask(`alter table ${name} set (autovacuum_enabled = false)`);
}
