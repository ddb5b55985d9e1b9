/** Says whether the server lives, and whether it does its work. */
import { routes } from '@telltale/protocol';
import type { Lifecycle } from '../plugin/lifecycle.ts';
import type { ReadinessChecks } from '../readiness.ts';
import { type Mount, serve } from '../serve.ts';

export function serveHealth(mount: Mount, checks: ReadinessChecks, lifecycle: Lifecycle): void {
  serve(mount, routes.getLiveness, async () => ({ status: 'ok' as const }));
  serve(mount, routes.getReadiness, async ({ reply }) => {
    reply.header('cache-control', 'no-store');
    // Known without asking anybody, and from one moment to the next.
    if (lifecycle.stopping) {
      reply.status(503);
      const detail = 'the server is stopping';
      return { status: 'failed' as const, checks: { lifecycle: { status: 'failed' as const, detail } } };
    }
    const { status, checks: found } = await checks.read();
    if (status === 'failed') reply.status(503).header('retry-after', '2');
    return { status, checks: { ...found, lifecycle: { status: 'ok' as const } } };
  });
}
