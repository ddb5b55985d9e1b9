/**
 * Gives every body a time to come in. Node's own bound is one for all requests of a server, and would cut a long NDJSON
 * upload that flows well; this one asks of those only that they do not pause.
 */
import { TelltaleError } from '@telltale/catalogue';
import type { FastifyReply, FastifyRequest } from 'fastify';

interface Watched {
  readonly reply: FastifyReply;
  /** When the body has to be here, or, for a stream, when something more has to be. */
  until: number;
  /** Bytes that had come at the last look; null for a body that has to be here as a whole. */
  seen: number | null;
}

export class BodyWatch {
  readonly #watched = new Map<FastifyRequest, Watched>();
  readonly #patience: number;
  readonly #timer: NodeJS.Timeout;

  constructor(milliseconds: number) {
    this.#patience = milliseconds;
    this.#timer = setInterval(() => this.#look(), Math.max(50, milliseconds / 4));
    this.#timer.unref();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#watched.clear();
  }

  /** A request without a body has come with its head; one of a test has no socket. */
  add(request: FastifyRequest, reply: FastifyReply): void {
    const { headers, raw } = request;
    const empty = headers['transfer-encoding'] === undefined && (headers['content-length'] ?? '0') === '0';
    if (empty || raw.socket?.bytesRead === undefined) return;
    const streams = headers['content-type']?.startsWith('application/x-ndjson') === true;
    this.#watched.set(request, {
      reply,
      until: performance.now() + this.#patience,
      seen: streams ? raw.socket.bytesRead : null,
    });
  }

  #look(): void {
    const now = performance.now();
    for (const [request, watched] of this.#watched) {
      const { raw } = request;
      if (raw.complete || raw.destroyed) {
        this.#watched.delete(request);
        continue;
      }
      if (watched.seen !== null && this.#flows(request, watched)) {
        watched.seen = raw.socket.bytesRead;
        watched.until = now + this.#patience;
      }
      if (now < watched.until) continue;
      this.#watched.delete(request);
      this.#end(request, watched.reply);
    }
  }

  /** Bytes that wait for us are no fault of the client's. */
  #flows({ raw }: FastifyRequest, { seen }: Watched): boolean {
    return raw.socket.bytesRead > (seen ?? 0) || raw.readableLength > 0;
  }

  #end({ raw }: FastifyRequest, reply: FastifyReply): void {
    if (reply.raw.headersSent || raw.listenerCount('error') === 0) {
      raw.destroy();
      return;
    }
    const seconds = this.#patience / 1000;
    reply.header('connection', 'close');
    // Whoever reads the body hears of it, and lets the answer be made as for any other failure.
    raw.emit(
      'error',
      new TelltaleError(
        'RequestTimedOut',
        `expected the body of the request within ${seconds} s (found: a part of it)`,
      ),
    );
    raw.resume();
  }
}
