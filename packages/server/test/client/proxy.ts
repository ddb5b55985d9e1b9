/** A proxy between client and server that has the accidents of a network: loses answers, cuts connections, goes silent. */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** What becomes of one request: refused as by a server that is busy; or carried out, and its answer lost. */
export type Accident = 'busy' | 'lose answer';

export class Proxy {
  /** Where requests go; may change. */
  target: string;
  /** The next requests have these; all others pass. */
  readonly accidents: Accident[] = [];
  /** Heads of all requests, in order. */
  readonly seen: IncomingHttpHeaders[] = [];
  /** Swallows what the server says. */
  isSilent = false;
  /** Takes no connections. */
  isAway = false;
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((incoming, answer) => this.#handle(incoming, answer));

  private constructor(target: string) {
    this.target = target;
    this.#server.on('connection', (socket) => {
      if (this.isAway) socket.destroy();
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  /** Listens until the test ends. */
  static async open(target: string, ...accidents: Accident[]): Promise<Proxy> {
    const proxy = new Proxy(target);
    proxy.accidents.push(...accidents);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      proxy.#server.close();
      proxy.cut();
    });
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Breaks every connection that is open. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #handle(incoming: IncomingMessage, answer: ServerResponse): void {
    this.seen.push(incoming.headers);
    const accident = this.accidents.shift();
    if (accident === 'busy') {
      incoming.resume();
      answer.writeHead(503, { 'retry-after': '1' }).end();
      return;
    }
    const { method = 'GET', url = '/', headers } = incoming;
    const outgoing = request(new URL(url, this.target), { method, headers, agent: false });
    outgoing.on('response', (response) => {
      if (accident !== 'lose answer') return this.#pass(response, answer);
      response.resume();
      response.on('end', () => answer.destroy());
    });
    outgoing.on('error', () => answer.destroy());
    answer.on('close', () => outgoing.destroy());
    incoming.pipe(outgoing);
  }

  #pass(response: IncomingMessage, answer: ServerResponse): void {
    answer.writeHead(response.statusCode ?? 500, response.headers);
    answer.flushHeaders();
    response.on('data', (bytes: Buffer) => {
      if (!this.isSilent) answer.write(bytes);
    });
    response.on('end', () => answer.end());
    response.on('error', () => answer.destroy());
  }
}
