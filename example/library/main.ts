/** A program of your own: publishes an event inside its own transaction, follows the log until it comes, and reads it. */
import { randomUUID } from 'node:crypto';
import { EventStore, migrate } from '@telltale/store';
import { Pool } from 'pg';

const pool = new Pool({ connectionString: process.env['DATABASE_URL'] });
await migrate(pool);
await pool.query('create table if not exists public.press (id uuid primary key, name text not null)');
const store = new EventStore({ connection: pool, onWarning: console.warn });

const id = randomUUID();
const data = { device_uuid: id, device_name: 'press 7', provisioning_method: 'api_key' } as const;
const client = await pool.connect();
await client.query('begin');
await client.query('insert into public.press (id, name) values ($1, $2)', [id, data.device_name]);
await store.publish({ event_type: 'device.provisioned', device_uuid: id, data }, { transaction: client });
await client.query('commit'); // the press and its event, or neither
client.release();

await new Promise<void>((resolve) => {
  const filter = { deviceUuid: id };
  store.subscribe('example', (event) => resolve(console.log('followed:', event.event_type)), { filter });
});

const { events } = await store.readStream({ deviceUuid: id });
console.log('read:', events);
await store.close();
await pool.end();
