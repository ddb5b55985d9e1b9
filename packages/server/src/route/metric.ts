/** Answers a scrape. */
import { routes } from '@telltale/protocol';
import type { MetricOptions } from '../option.ts';
import type { Gauges } from '../plugin/gauge.ts';
import type { Metrics } from '../plugin/metric.ts';
import { type Mount, serve } from '../serve.ts';

export function serveMetrics(mount: Mount, metrics: Metrics, gauges: Gauges, { open }: MetricOptions): void {
  serve(mount, { ...routes.readMetrics, open }, async ({ reply }) => {
    await gauges.refresh();
    reply.type(metrics.registry.contentType);
    return metrics.registry.metrics();
  });
}
