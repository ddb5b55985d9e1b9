/** Answers for single events, for what they caused, and for what their text says. */
import { fromEvent, mediaTypes, routes } from '@telltale/protocol';
import { type Mount, serve } from '../serve.ts';
import { accepts } from './page.ts';

export function serveEvent(mount: Mount): void {
  serve(mount, routes.fullTextSearch, async ({ query: { query, ...options }, store, view }) => {
    const page = await store.fullTextPage(query, options);
    return { ...page, events: view.events(page.events) };
  });
  serve(mount, routes.getEvent, async ({ params, store, view, request, reply }) => {
    const event = view.event(await store.getEvent(params.event_id));
    if (!accepts(request, mediaTypes.cloudEvent)) return event;
    return reply.type(mediaTypes.cloudEvent).send(JSON.stringify(fromEvent(event)));
  });
  serve(mount, routes.getEventChain, async ({ params, query, store, view }) =>
    view.chain(await store.getEventChain(params.event_id, query)),
  );
  serve(mount, routes.verifyEvent, async ({ params, store, view }) => ({
    verifications: (await store.verifyEvent(params.event_id)).map((verification) => view.verification(verification)),
  }));
}
