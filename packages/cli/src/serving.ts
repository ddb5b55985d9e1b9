/** An HTTP server over a store, listening. */
import type { ServerOptions } from '@telltale/server';
import { CommandFailure } from './failure.ts';

/** The port that `start` and `serve` take when nobody says which. */
export const defaultPort = 8747;

/** Loaded when it is needed: it costs a third of the time that any other command takes to start. */
export const serverModule = (): Promise<typeof import('@telltale/server')> => import('@telltale/server');

export interface Listening {
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** Listens on the port, or, if `orNext`, on the first free one of the ten from it. @throws CommandFailure when it is taken. */
export async function listen(
  options: ServerOptions,
  { host, port, orNext = false }: { readonly host: string; readonly port: number; readonly orNext?: boolean },
): Promise<Listening> {
  const { openServer } = await serverModule();
  const last = orNext && port > 0 ? port + 9 : port;
  for (let candidate = port; candidate <= last; candidate += 1) {
    const app = await openServer(options);
    try {
      return { url: await app.listen({ host, port: candidate }), close: () => app.close() };
    } catch (error) {
      await app.close();
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    }
  }
  const ports = last > port ? `${port} to ${last}` : String(port);
  throw new CommandFailure(`Port ${ports} of ${host} is taken; choose another with --port.`);
}
