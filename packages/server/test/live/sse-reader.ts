/** A reader of Server-Sent Events of the tests' own, on node:http: what it gets is what was on the wire. */
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import type { WireEvent } from '@telltale/protocol';

export interface SseMessage {
  readonly id: string | undefined;
  readonly event: string | undefined;
  readonly data: string | undefined;
}

export interface SseOptions {
  readonly token: string;
  readonly lastEventId?: string | undefined;
}

export class SseReader {
  readonly messages: SseMessage[] = [];
  readonly comments: string[] = [];
  status = 0;
  headers: IncomingMessage['headers'] = {};
  body = '';
  closed = false;
  /** As EventSource keeps it: an id counts even where no data comes with it. */
  lastEventId: string | undefined;
  /** Told after every chunk. */
  onChange: () => void = () => undefined;
  readonly #request: ClientRequest;
  #response: IncomingMessage | undefined;
  #rest = '';

  constructor(address: string, { token, lastEventId }: SseOptions) {
    this.lastEventId = lastEventId;
    this.#request = request(address, {
      agent: false,
      headers: {
        authorization: `Bearer ${token}`,
        accept: 'text/event-stream',
        ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
      },
    });
    this.#request.on('response', (response) => this.#read(response));
    this.#request.on('error', () => this.#end());
    this.#request.end();
  }

  /** Events in the order they came. */
  get events(): WireEvent[] {
    return this.messages
      .filter(({ event, data }) => event === 'message' && data !== undefined)
      .map(({ data }) => JSON.parse(data as string) as WireEvent);
  }

  get gaps(): { reason: string }[] {
    return this.messages
      .filter(({ event }) => event === 'gap')
      .map(({ data }) => JSON.parse(data as string) as { reason: string });
  }

  /** Resolves as soon as it holds. */
  async until(isTrue: (reader: this) => boolean, milliseconds = 15_000): Promise<void> {
    if (isTrue(this)) return;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        const ids = this.messages.length;
        reject(new Error(`expected more of the stream (found: ${ids} messages, status ${this.status}, ${this.body})`));
      }, milliseconds);
      this.onChange = () => {
        if (!isTrue(this)) return;
        clearTimeout(timer);
        this.onChange = () => undefined;
        resolve();
      };
    });
  }

  /** Takes nothing more from the network. */
  stall(): void {
    this.#response?.pause();
  }

  resume(): void {
    this.#response?.resume();
  }

  close(): void {
    this.#request.destroy();
    this.closed = true;
  }

  #end(): void {
    this.closed = true;
    this.onChange();
  }

  #read(response: IncomingMessage): void {
    this.#response = response;
    this.status = response.statusCode ?? 0;
    this.headers = response.headers;
    response.setEncoding('utf8');
    response.on('data', (text: string) => {
      if (this.status === 200) this.#parse(text);
      else this.body += text;
      this.onChange();
    });
    response.on('close', () => this.#end());
    response.on('error', () => undefined);
    this.onChange();
  }

  #parse(text: string): void {
    const blocks = (this.#rest + text).split('\n\n');
    this.#rest = blocks.pop() as string;
    for (const block of blocks) this.#readBlock(block);
  }

  #readBlock(block: string): void {
    const fields = new Map<string, string>();
    for (const line of block.split('\n')) {
      if (line.startsWith(':')) this.comments.push(line.slice(1).trim());
      else fields.set(line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2));
    }
    this.lastEventId = fields.get('id') ?? this.lastEventId;
    if (fields.has('data') && fields.get('event') !== 'cursor')
      this.messages.push({ id: fields.get('id'), event: fields.get('event'), data: fields.get('data') });
  }
}
