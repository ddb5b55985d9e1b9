/** What goes over the wire: events, gaps and heartbeats as Server-Sent Events, as JSON messages, as CloudEvents. */
import { randomUUID } from 'node:crypto';
import { fromEvent, type WireEvent } from '@telltale/protocol';
import type { VisibleEvent } from '../view.ts';

/** Why something that was recorded is not delivered. */
export interface StreamGap {
  /**
   * `expired`: retention dropped events of this tier before the stream came to them. `cursor_ahead`: the database was
   * restored to before the cursor; what follows is what it recorded since.
   */
  readonly reason: 'expired' | 'cursor_ahead';
  readonly tier?: string;
}

export interface Format {
  /** Place of its frames among those that an event keeps. */
  readonly slot: number;
  event(event: VisibleEvent, cursor: string): Buffer;
  gap(gap: StreamGap, cursor: string): Buffer;
  /** Null: the transport's own sign of life is enough. */
  heartbeat(cursor: string | null): Buffer | null;
}

export const sse: Format = {
  slot: 0,
  // JSON has no line break of its own, so one data line holds it.
  event: (event, cursor) => Buffer.from(`id: ${cursor}\nevent: message\ndata: ${JSON.stringify(event)}\n\n`),
  gap: (gap, cursor) => Buffer.from(`id: ${cursor}\nevent: gap\ndata: ${JSON.stringify(gap)}\n\n`),
  // A quiet stream resumes from where it really is. A browser would take an id without data; most parsers leave it out.
  heartbeat: (cursor) =>
    Buffer.from(cursor === null ? ': heartbeat\n\n' : `: heartbeat\nid: ${cursor}\nevent: cursor\ndata:\n\n`),
};

export const json: Format = {
  slot: 2,
  event: (event, cursor) => Buffer.from(`{"type":"event","cursor":"${cursor}","event":${JSON.stringify(event)}}`),
  gap: (gap, cursor) => Buffer.from(JSON.stringify({ type: 'gap', cursor, gap })),
  heartbeat: (cursor) => Buffer.from(JSON.stringify({ type: 'heartbeat', cursor })),
};

/** The cursor is an extension attribute; CloudEvents have no heartbeat, and the WebSocket has its own. */
export const cloudEvents: Format = {
  slot: 4,
  event: (event, cursor) => Buffer.from(JSON.stringify({ ...fromEvent(event as WireEvent), cursor })),
  gap: (gap, cursor) =>
    Buffer.from(
      JSON.stringify({
        specversion: '1.0',
        id: randomUUID(),
        source: '/svc/telltale',
        type: 'stream.gap',
        datacontenttype: 'application/json',
        data: gap,
        cursor,
      }),
    ),
  heartbeat: () => null,
};
