/** Answers questions about many events at once. */
import { routes } from '@telltale/protocol';
import { type Mount, serve } from '../serve.ts';

export function serveAnalytics(mount: Mount): void {
  serve(mount, routes.getStats, async ({ query: { daysBack, ...options }, store }) =>
    store.getStats(daysBack, options),
  );
  serve(mount, routes.getMostActiveDevices, async ({ query, store }) => ({
    devices: await store.getMostActiveDevices(query),
  }));
  serve(mount, routes.getEventHourlyDistribution, async ({ query, store }) => ({
    hours: await store.getEventHourlyDistribution(query),
  }));
  serve(mount, routes.getEventCorrelations, async ({ query: { eventType, ...options }, store }) => ({
    correlations: await store.getEventCorrelations(eventType, options),
  }));
  serve(mount, routes.getEventDifference, async ({ body: { selection, ...options }, store }) => ({
    differences: await store.getEventDifference(selection, options),
  }));
}
