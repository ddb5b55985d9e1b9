/** Answers for anything that is not a device. */
import { routes } from '@telltale/protocol';
import { type Mount, serve } from '../serve.ts';
import { answerPage, openPage } from './page.ts';

export function serveAggregate(mount: Mount): void {
  serve(mount, routes.getAggregateEvents, async (call) => {
    const { type, id } = call.params;
    return answerPage(call, await call.store.aggregateEventsPage(type, id, openPage(call.view, call.query)));
  });
}
