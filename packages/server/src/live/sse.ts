/** Server-Sent Events: the response of a request that stays open. */
import type { ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';
import type { Batch } from './batch.ts';
import { Transport } from './transport.ts';

/** Milliseconds that a client waits before it connects again. */
const retry = 1000;

/** What keeps proxies from caching, compressing or collecting what should go out at once. */
const headers = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-store, no-transform',
  'x-accel-buffering': 'no',
} as const;

export class SseTransport extends Transport {
  readonly #response: ServerResponse;

  /** Takes the response out of Fastify's hands. @param onClose told once or more, whoever ended it. */
  constructor(reply: FastifyReply, onClose: () => void) {
    super();
    reply.hijack();
    this.#response = reply.raw;
    const closed = (): void => {
      this.close();
      onClose();
    };
    this.#response.on('close', closed);
    // A client that went away while it was written to is closed as well; there is nobody to tell.
    this.#response.on('error', closed);
    if (this.#response.destroyed) {
      closed();
      return;
    }
    // Without chunks, which nobody needs of a stream that ends with its connection: an event is one buffer for the network
    // instead of three.
    this.#response.useChunkedEncodingByDefault = false;
    this.#response.writeHead(200, { ...(reply.getHeaders() as Record<string, string>), ...headers });
    this.queue(Buffer.from(`retry: ${retry}\n\n`));
  }

  protected send(bytes: Buffer, taken: () => void): void {
    this.#response.write(bytes, taken);
  }

  write(batch: Batch): void {
    this.queue(batch.whole);
  }

  beat(frame: Buffer | null): void {
    if (frame !== null) this.queue(frame);
  }

  end(): void {
    this.#response.end();
  }

  destroy(): void {
    this.#response.destroy();
  }
}
