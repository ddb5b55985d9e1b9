/**
 * Follows a live stream over Server-Sent Events.
 *
 *   connecting --open--> reading --ended, silent, broken--> waiting --> connecting, behind the last cursor
 *        |                                                                 ^
 *        +--refused, may be tried again------------------------------------+
 *        +--refused for good: throws
 */
import type { TelltaleError } from '@telltale/catalogue';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import type { WireEvent } from '../shape/event.ts';
import { authorisationOf, type ClientOptions, pause, pauseOf } from './option.ts';
import { addressOf, failureOf, retryAfterOf, unreachable } from './request.ts';

export interface FollowOptions {
  /** Only this device's events. Default: the whole fleet's. */
  readonly device?: string;
  /** Telltale's filter grammar. */
  readonly filter?: string;
  /** A cursor to begin behind. Default: what comes from now on. */
  readonly after?: string;
  /** Begin with so many of the newest events. */
  readonly last?: number;
  readonly signal?: AbortSignal;
  /** Milliseconds without a sign of life after which it connects anew. Default 40,000: two and a half heartbeats. */
  readonly silence?: number;
  /** Told where the stream stands, also while nothing comes: as it begins, and with every heartbeat. */
  readonly onCursor?: (cursor: string) => void;
  /** Told of every failure that it recovers from by itself. */
  readonly onTrouble?: (error: TelltaleError) => void;
}

/** An event, or a gap: what the server could not deliver, and why. The cursor is where to go on. */
export type Followed =
  | { readonly kind: 'event'; readonly event: WireEvent; readonly cursor: string }
  | {
      readonly kind: 'gap';
      readonly gap: { readonly reason: string; readonly tier?: string };
      readonly cursor: string | undefined;
    };

/** What comes over the stream: also where it stands when there is nothing else to say. */
type Message = Followed | { readonly kind: 'cursor'; readonly cursor: string };

export async function* follow(options: ClientOptions, asked: FollowOptions): AsyncGenerator<Followed> {
  const { signal, onTrouble, onCursor } = asked;
  let cursor = asked.after;
  for (let attempt = 0; ; attempt += 1) {
    const connection = new Connection(options, asked, cursor);
    let wait = 0;
    try {
      for await (const message of connection.messages()) {
        attempt = 0;
        if (message.cursor !== undefined) cursor = message.cursor;
        if (message.kind === 'cursor') onCursor?.(message.cursor);
        else yield message;
      }
    } catch (error) {
      const failure = error as TelltaleError;
      if (signal?.aborted || !failure.retryable) throw error;
      onTrouble?.(failure);
      wait = connection.wait;
    } finally {
      connection.close();
    }
    await pause(Math.max(wait, pauseOf(attempt, options.pause ?? 200)), signal);
  }
}

class Connection {
  readonly #options: ClientOptions;
  readonly #asked: FollowOptions;
  readonly #cursor: string | undefined;
  // One controller and not AbortSignal.any: Node 20 loses signals of which only the combination is held.
  readonly #abort = new AbortController();
  /** Milliseconds that the server asks to wait before the next try. */
  wait = 0;

  constructor(options: ClientOptions, asked: FollowOptions, cursor: string | undefined) {
    this.#options = options;
    this.#asked = asked;
    this.#cursor = cursor;
    asked.signal?.addEventListener('abort', this.#stop);
  }

  readonly #stop = (): void => this.#abort.abort(this.#asked.signal?.reason);

  close(): void {
    this.#asked.signal?.removeEventListener('abort', this.#stop);
    this.#abort.abort();
  }

  /** Ends when the stream does. @throws TelltaleError; ConnectionFailed when it broke. */
  async *messages(): AsyncGenerator<Message> {
    const body = await this.#open();
    const ready: Message[] = [];
    const parser = createParser({
      onEvent: (message) => {
        const read = readMessage(message);
        if (read !== undefined) ready.push(read);
      },
    });
    const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader();
    for (;;) {
      const { done, value } = await this.#guard(reader.read());
      if (done) return;
      parser.feed(value);
      yield* ready.splice(0);
    }
  }

  async #open(): Promise<ReadableStream<Uint8Array>> {
    const { url, fetch: call = fetch } = this.#options;
    const { device, filter, last } = this.#asked;
    const cursor = this.#cursor;
    const path = device === undefined ? '/api/v1/events/stream' : '/api/v1/devices/:uuid/events/stream';
    const address = addressOf(url, path, {
      params: { uuid: device ?? '' },
      query: { filter, ...(cursor === undefined ? { last } : { after: cursor }) },
    });
    const response = await this.#guard(
      authorisationOf(this.#options).then((headers) =>
        call(address, { headers: { accept: 'text/event-stream', ...headers }, signal: this.#abort.signal }),
      ),
    );
    const type = response.headers.get('content-type') ?? '';
    if (response.ok && response.body !== null && type.startsWith('text/event-stream')) return response.body;
    this.wait = retryAfterOf(response);
    throw await failureOf(response);
  }

  /** Breaks off what does not come; whatever else breaks is a connection that failed. */
  async #guard<Value>(work: Promise<Value>): Promise<Value> {
    const timer = setTimeout(() => this.#abort.abort(new Error('no sign of life')), this.#asked.silence ?? 40_000);
    try {
      return await work;
    } catch (error) {
      if (this.#asked.signal?.aborted) throw this.#asked.signal.reason;
      throw unreachable(this.#options.url, error);
    } finally {
      clearTimeout(timer);
    }
  }
}

function readMessage({ id, event = 'message', data }: EventSourceMessage): Message | undefined {
  if (event === 'gap') return { kind: 'gap', gap: JSON.parse(data) as { reason: string }, cursor: id };
  if (id === undefined) return undefined;
  if (event === 'message') return { kind: 'event', event: JSON.parse(data) as WireEvent, cursor: id };
  // A stream may learn to say more; where it stands counts all the same.
  return { kind: 'cursor', cursor: id };
}
