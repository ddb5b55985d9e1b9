/** A process that serves the database at one address on one port, 0 for any; says which when it listens. */
import type { AddressInfo } from 'node:net';
import { type AnyEventStore, EventStore } from '@telltale/store';
import { openServer } from '../../src/index.ts';

const [url = '', port = '0'] = process.argv.slice(2);
const store: AnyEventStore = new EventStore({ connection: url, worker: false, onWarning: () => undefined });
const secret = process.env['TELLTALE_SECRET'] ?? '';
const app = await openServer({ store, secret, audit: false, log: { level: 'silent' } });
await app.listen({ host: '127.0.0.1', port: Number(port) });
process.on('disconnect', () => process.exit());
process.send?.((app.server.address() as AddressInfo).port);
