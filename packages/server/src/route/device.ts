/** Answers for one device: its timeline, how it is, and its state at any time. */
import { routes } from '@telltale/protocol';
import { type Mount, serve } from '../serve.ts';
import { named } from './name.ts';
import { answerPage, openPage } from './page.ts';
import { serveReplay } from './replay.ts';

export function serveDevice(mount: Mount): void {
  serve(mount, routes.getDeviceTimeline, async (call) =>
    answerPage(call, await call.store.deviceTimelinePage(call.params.uuid, openPage(call.view, call.query))),
  );
  serve(mount, routes.getDeviceSummary, async ({ params, query: { daysBack, ...options }, store }) => {
    const summary = await store.getDeviceSummary(params.uuid, daysBack, options);
    return { ...summary, last_activity: summary.last_activity?.toISOString() ?? null };
  });
  serve(mount, routes.aggregateByPeriod, async ({ params, query, store }) => {
    const { period, dateFrom, dateTo, ...options } = query;
    const periods = await store.aggregateByPeriod(params.uuid, period, dateFrom, dateTo, options);
    return { periods: periods.map((row) => ({ ...row, period_start: row.period_start.toISOString() })) };
  });
  serve(mount, routes.getDeviceHealthTrends, async ({ params, query, store }) => ({
    days: await store.getDeviceHealthTrends(params.uuid, query),
  }));
  serve(mount, routes.createSnapshot, async ({ params, query: { at, ...options }, store }) =>
    named({ atTime: 'at' }, () => store.createSnapshot(params.uuid, at, options)),
  );
  serve(mount, routes.compareStates, async ({ params, query: { from, to, ...options }, store }) =>
    named({ time1: 'from', time2: 'to' }, () => store.compareStates(params.uuid, from, to, options)),
  );
  serveReplay(mount);
}
