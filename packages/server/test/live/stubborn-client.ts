/** A client that connects again and again, behind the last cursor that it saw, until it is told to stop. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RestartedServer } from './restarted-server.ts';
import { SocketReader } from './socket-reader.ts';
import { SseReader } from './sse-reader.ts';

/** Share of looks at which it hangs up, every 50 ms. */
const restless = 0.08;

export class StubbornClient {
  readonly seen: string[] = [];
  readonly gaps: string[] = [];
  connections = 0;
  readonly #server: RestartedServer;
  /** One that ends in `/ws` is followed over a WebSocket. */
  readonly #path: string;
  readonly #random: () => number;
  #isStopping = false;
  #cursor: string | undefined;
  readonly #ended: Promise<void>;

  constructor(server: RestartedServer, path: string, random: () => number) {
    this.#server = server;
    this.#path = path;
    this.#random = random;
    this.#ended = this.#run();
  }

  stop(): Promise<void> {
    this.#isStopping = true;
    return this.#ended;
  }

  async #run(): Promise<void> {
    while (!this.#isStopping) {
      const reader = this.#connect(await this.#server.token());
      this.connections += 1;
      while (!this.#isStopping && !reader.closed) {
        await sleep(50);
        if (this.#cursor !== undefined && this.#random() < restless) break;
        this.#take(reader);
      }
      reader.close();
      this.#take(reader);
    }
  }

  #connect(token: string): SseReader | SocketReader {
    const address = `${this.#server.address}${this.#path}`;
    return this.#path.endsWith('/ws')
      ? new SocketReader(address, { token, after: this.#cursor })
      : new SseReader(address, { token, lastEventId: this.#cursor });
  }

  #take(reader: SseReader | SocketReader): void {
    this.#cursor = reader.lastEventId;
    this.seen.push(...reader.events.map(({ event_id: id }) => id));
    this.gaps.push(...reader.gaps.map(({ reason }) => reason));
    reader.messages.length = 0;
  }
}
