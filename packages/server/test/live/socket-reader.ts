/** A reader of a live stream over WebSocket, by the public `ws` package. */
import type { WireEvent } from '@telltale/protocol';
import { WebSocket } from 'ws';

interface SocketMessage {
  readonly type: string;
  readonly cursor?: string;
  readonly gap?: { readonly reason: string };
  readonly event?: WireEvent;
}

export interface SocketOptions {
  readonly token: string;
  /** Cursor to begin behind. */
  readonly after?: string | undefined;
}

export class SocketReader {
  readonly messages: SocketMessage[] = [];
  closed = false;
  /** The cursor of the newest message, whatever it said. */
  lastEventId: string | undefined;
  readonly #socket: WebSocket;

  constructor(address: string, { token, after }: SocketOptions) {
    this.lastEventId = after;
    const url = new URL(address.replace('http', 'ws'));
    if (after !== undefined) url.searchParams.set('after', after);
    this.#socket = new WebSocket(url, { headers: { authorization: `Bearer ${token}` } });
    this.#socket.on('error', () => undefined);
    this.#socket.on('close', () => {
      this.closed = true;
    });
    this.#socket.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString()) as SocketMessage;
      this.lastEventId = message.cursor ?? this.lastEventId;
      this.messages.push(message);
    });
  }

  /** Events in the order they came. */
  get events(): WireEvent[] {
    return this.messages.flatMap(({ type, event }) => (type === 'event' && event !== undefined ? [event] : []));
  }

  get gaps(): { reason: string }[] {
    return this.messages.flatMap(({ type, gap }) => (type === 'gap' && gap !== undefined ? [gap] : []));
  }

  close(): void {
    this.#socket.terminate();
    this.closed = true;
  }
}
