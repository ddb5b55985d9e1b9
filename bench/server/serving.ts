/** The server in a process of its own; says where it listens and, asked, what it takes. */
import { openServer } from '@telltale/server';
import { type AnyEventStore, EventStore } from '@telltale/store';

export interface Usage {
  readonly rss: number;
  /** Microseconds of processor time since the process started. */
  readonly cpu: number;
}

const [url = ''] = process.argv.slice(2);
const store: AnyEventStore = new EventStore({ connection: url, role: 'telltale_application' });
const app = await openServer({
  store,
  secret: process.env['TELLTALE_SECRET'] ?? '',
  log: { level: 'warn' },
  // One token stands for a whole fleet here.
  limits: { requestsPerMinute: 10_000_000 },
  live: { streamsPerToken: 100_000 },
});
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.({ rss: process.memoryUsage.rss(), cpu: user + system } satisfies Usage);
});
process.on('disconnect', () => {
  void app
    .close()
    .then(() => store.close())
    .then(() => process.exit());
});
process.send?.({ address: await app.listen({ host: '127.0.0.1', port: 0 }) });
