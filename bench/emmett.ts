/** The nearest store of our kind in TypeScript on PostgreSQL, called as its guide says. */
import { getPostgreSQLEventStore } from '@event-driven-io/emmett-postgresql';
import type { EventInput } from '@telltale/catalogue';
import { Pool } from 'pg';
import { type Contender, feed } from './contender.ts';

/** As a plain object type, which Emmett wants for data. */
type Data = { [Key in keyof EventInput]: EventInput[Key] };

/** The whole event is its data: nothing is copied, so Emmett pays for no more than the yardstick does. */
const message = (event: EventInput): { type: string; data: Data } => ({ type: event.event_type, data: event });

export const emmett: Contender = {
  name: 'emmett',
  async setup(url) {
    const store = getPostgreSQLEventStore(url);
    await store.schema.migrate();
    await store.close();
  },
  async open(url, shape) {
    const pool = new Pool({ connectionString: url, max: shape.callers });
    const store = getPostgreSQLEventStore(url, { connectionOptions: { pool }, schema: { autoMigration: 'None' } });
    return {
      // A stream a caller: no two callers ever wait for, or conflict over, a stream's row.
      run: (events) =>
        feed(events, shape, (batch, caller) => store.appendToStream(`fleet-${caller}`, batch.map(message))),
      async close() {
        await store.close();
        await pool.end();
      },
    };
  },
};
