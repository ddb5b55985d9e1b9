/** Says whether the server lives. */
import { routes } from '@telltale/protocol';
import { type Mount, serve } from '../serve.ts';

export function serveHealth(mount: Mount): void {
  serve(mount, routes.getLiveness, async () => ({ status: 'ok' as const }));
}
