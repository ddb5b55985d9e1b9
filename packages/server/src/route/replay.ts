/** Replays a window of a device as lines, as fast as they are read. */
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import type { Event } from '@telltale/catalogue';
import { mediaTypes, routes, toProblem } from '@telltale/protocol';
import { countShown } from '../plugin/audit.ts';
import { toFailure } from '../plugin/problem.ts';
import { type Call, type Mount, serve } from '../serve.ts';
import { named } from './name.ts';

type ReplayCall = Call<typeof routes.replayEvents>;

export function serveReplay(mount: Mount): void {
  serve(mount, routes.replayEvents, async (call) => {
    const lines = new PassThrough();
    const begun = once(lines, 'readable');
    const done = writeReplay(call, lines);
    // What fails before the first line is an answer of its own; behind it, the last line.
    await Promise.race([begun, done]);
    done.catch((error: unknown) => {
      const problem = toProblem(call.view.failure(toFailure(error)), call.request.id);
      lines.end(`${JSON.stringify({ problem })}\n`);
    });
    return call.reply.type(mediaTypes.ndjson).send(lines);
  });
}

async function writeReplay({ params, query, store, view, request }: ReplayCall, lines: PassThrough): Promise<void> {
  const { from, to, ...options } = query;
  const left = new AbortController();
  lines.once('close', () => left.abort(new Error('the caller left')));
  const write = async (line: object): Promise<void> => {
    if (!lines.write(`${JSON.stringify(line)}\n`)) await once(lines, 'drain', { signal: left.signal });
  };
  let shown = 0;
  const show = async (event: Event): Promise<void> => {
    await write({ event: view.event(event) });
    shown += 1;
    countShown(request, shown);
  };
  const { events_replayed, final_state } = await named({ fromTime: 'from', toTime: 'to' }, () =>
    store.replayEvents(params.uuid, from, to, { '*': show }, { ...options, signal: left.signal }),
  );
  lines.end(`${JSON.stringify({ events_replayed, final_state })}\n`);
}
