/** A listening server, its events, and readers of its streams. */
import { randomUUID } from 'node:crypto';
import type { EventInput } from '@telltale/catalogue';
import type { WireEvent } from '@telltale/protocol';
import { onTestFinished } from 'vitest';
import { type Claims, openServing, type Serving } from '../serving.ts';
import { SseReader } from './sse-reader.ts';

export interface Following extends Serving {
  readonly address: string;
  /** Opens a stream; it is closed when the test ends. */
  readonly follow: (
    path: string,
    options?: { claims?: Claims; lastEventId?: string | undefined },
  ) => Promise<SseReader>;
}

export async function openFollowing(
  title: string,
  options: Parameters<typeof openServing>[1] = {},
  database?: { readonly url: string },
): Promise<Following> {
  const serving = await openServing(title, options, database);
  const address = await serving.app.listen({ host: '127.0.0.1', port: 0 });
  return {
    ...serving,
    address,
    follow: async (path, { claims, lastEventId } = {}) => {
      const reader = new SseReader(`${address}${path}`, { token: await serving.token(claims), lastEventId });
      onTestFinished(() => reader.close());
      return reader;
    },
  };
}

/** An event of a device, numbered, so that what is lost or repeated can be told. */
export function numbered(device: string, number: number, tenant: string | null = 'acme'): EventInput {
  return {
    event_type: 'device.online',
    device_uuid: device,
    aggregate_id: device,
    data: { reason: `n${number}` },
    ...(tenant !== null && { metadata: { tenant: { id: tenant, name: tenant } } }),
  };
}

export const newDevice = (): string => randomUUID();

/** The numbers of the events that came, in the order they came. */
export function numbersOf({ events }: { readonly events: readonly WireEvent[] }): number[] {
  return events.map(({ data }) => Number((data as { reason: string }).reason.slice(1)));
}
