/** Puts the live streams on a server, and takes them down with it. */
import type { ServerOptions } from '../option.ts';
import { serveLive } from '../route/live.ts';
import type { Mount } from '../serve.ts';
import { Admission } from './admission.ts';
import { Hub } from './hub.ts';
import { defaultLive } from './option.ts';

export function registerLive(mount: Mount, { store, live }: ServerOptions): Hub {
  const { app } = mount;
  const options = { ...defaultLive, ...live };
  const hub = new Hub(store, options, (error) => app.log.warn({ err: error }, 'live streams wait for the database'));
  serveLive({ ...mount, hub, admission: new Admission(options.streamsPerToken) });
  // Before the server waits for its connections to end: these would never.
  app.addHook('preClose', async () => hub.stop());
  return hub;
}
