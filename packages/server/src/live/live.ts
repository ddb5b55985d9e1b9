/** Puts the live streams on a server, and takes them down with it. */
import type { ServerOptions } from '../option.ts';
import { serveLive } from '../route/live.ts';
import type { Mount } from '../serve.ts';
import { Admission } from './admission.ts';
import { Hub } from './hub.ts';
import { defaultLive } from './option.ts';

/** Milliseconds between two lines of the log about a database that is away. */
const quiet = 5000;

export function registerLive(mount: Mount, { store, live }: ServerOptions): Hub {
  const { app } = mount;
  const options = { ...defaultLive, ...live };
  let toldAt = Number.NEGATIVE_INFINITY;
  const hub = new Hub(store, options, (error) => {
    // Every client that reads by itself meets the same failure, again and again.
    if (performance.now() - toldAt < quiet) return;
    toldAt = performance.now();
    app.log.warn({ err: error }, 'live streams wait for the database');
  });
  serveLive({ ...mount, hub, admission: new Admission(options.streamsPerToken) });
  // Before the server waits for its connections to end: these would never.
  app.addHook('preClose', async () => hub.stop());
  return hub;
}
