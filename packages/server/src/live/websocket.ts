/** WebSocket: a message an event, in JSON or as CloudEvents, whichever subprotocol the client chose. */
import type { Socket } from 'node:net';
import websocket, { type WebSocket } from '@fastify/websocket';
import type { FastifyInstance } from 'fastify';
import type { Batch } from './batch.ts';
import { cloudEvents, type Format, json } from './frame.ts';
import { Transport } from './transport.ts';

/** Subprotocols, and what is sent under each; a client that names none gets plain JSON. */
const formats: ReadonlyMap<string, Format> = new Map([
  ['telltale.json', json],
  ['cloudevents.json', cloudEvents],
]);

export function formatOf(socket: WebSocket): Format {
  return formats.get(socket.protocol) ?? json;
}

/** Bytes that a client may send at once: it has nothing to say. */
const mostReceived = 1024;

/** Close code of a server that goes away: the client connects anew (RFC 6455, 7.4.1). */
const goingAway = 1001;

export async function registerWebSocket(app: FastifyInstance): Promise<void> {
  // In an app that has it already, its server takes our sockets too.
  if (app.hasDecorator('websocketServer')) return;
  await app.register(websocket, {
    options: {
      maxPayload: mostReceived,
      handleProtocols: (offered) => [...offered].find((name) => formats.has(name)) ?? false,
    },
    errorHandler: (_error, socket) => socket.terminate(),
    // The hub ends its streams itself, and within a bound.
    preClose: (done) => done(),
  });
}

export class WebSocketTransport extends Transport {
  readonly #socket: WebSocket;
  readonly #connection: Socket;
  #isAlive = true;

  /** @param onClose told once or more, whoever ended it. */
  constructor(socket: WebSocket, connection: Socket, onClose: () => void) {
    super();
    this.#socket = socket;
    this.#connection = connection;
    socket.on('pong', () => {
      this.#isAlive = true;
    });
    socket.on('close', () => {
      this.close();
      onClose();
    });
  }

  protected send(bytes: Buffer, taken: () => void): void {
    this.#socket.send(bytes, { binary: false }, taken);
  }

  write(batch: Batch): void {
    this.#connection.cork();
    for (const frame of batch.frames) this.queue(frame);
    this.#connection.uncork();
  }

  /** Whoever did not answer the last ping is gone, although its network did not say so. */
  beat(frame: Buffer | null): void {
    if (!this.#isAlive) {
      this.destroy();
      return;
    }
    this.#isAlive = false;
    this.#socket.ping();
    if (frame !== null) this.queue(frame);
  }

  end(): void {
    this.#socket.close(goingAway, 'the server is stopping');
  }

  destroy(): void {
    this.#socket.terminate();
  }
}
