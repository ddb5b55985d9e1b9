/** Answers with a page of events: as JSON with its cursor, or as a batch of CloudEvents with the cursor in a header. */
import type { Event } from '@telltale/catalogue';
import { fromEvent, mediaTypes } from '@telltale/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { countShown } from '../plugin/audit.ts';
import type { View, VisibleEvent } from '../view.ts';

interface Page {
  readonly events: readonly Event[];
  readonly nextCursor: string | null;
  readonly total?: number;
}

interface VisiblePage {
  events: VisibleEvent[];
  nextCursor: string | null;
  total?: number;
}

interface PageCall {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly view: View;
}

const cursorHeader = 'telltale-next-cursor';

/** Whether the caller asks for this media type by its name; anything else gets JSON. */
export function accepts(request: FastifyRequest, type: string): boolean {
  const ranges = (request.headers.accept ?? '').split(',');
  return ranges.some((range) => range.split(';')[0]?.trim().toLowerCase() === type);
}

export async function answerPage({ request, reply, view }: PageCall, page: Page): Promise<VisiblePage | FastifyReply> {
  const visible = { ...page, events: view.events(page.events), nextCursor: view.sealCursor(page.nextCursor) };
  if (!accepts(request, mediaTypes.cloudEventBatch)) return visible;
  countShown(request, page.events.length);
  if (visible.nextCursor !== null) reply.header(cursorHeader, visible.nextCursor);
  reply.type(mediaTypes.cloudEventBatch);
  return reply.send(JSON.stringify(visible.events.map(fromEvent)));
}

/** The query without its cursor, and the cursor as the store gave it. */
export function openPage<Query extends { readonly cursor?: string }>(
  view: View,
  { cursor, ...query }: Query,
): Omit<Query, 'cursor'> & { readonly cursor?: string } {
  const opened = view.openCursor(cursor);
  return { ...query, ...(opened !== undefined && { cursor: opened }) };
}
