/** A listening server, and clients of it. */
import { type ClientOptions, createClient, type Followed, type TelltaleClient } from '@telltale/protocol';
import { onTestFinished } from 'vitest';
import { type Claims, openServing, type Serving } from '../serving.ts';

export interface Calling extends Serving {
  readonly address: string;
  /** A client, by default of an admin of tenant `acme`, who waits for nothing long. */
  readonly client: (options?: Partial<ClientOptions>, claims?: Claims) => TelltaleClient;
}

export async function openCalling(title: string, options: Parameters<typeof openServing>[1] = {}): Promise<Calling> {
  const serving = await openServing(title, options);
  const address = await serving.app.listen({ host: '127.0.0.1', port: 0 });
  return {
    ...serving,
    address,
    client: (given = {}, claims = {}) =>
      createClient({ url: address, token: () => serving.token(claims), pause: 20, retries: 30, ...given }),
  };
}

/** A follower that runs until the test ends, and what it got. */
export class Follower {
  readonly got: Followed[] = [];
  /** Cursors told while nothing came. */
  readonly cursors: string[] = [];
  readonly troubles: string[] = [];
  /** Why it ended. */
  ended: unknown;
  readonly #abort = new AbortController();

  constructor(client: TelltaleClient, options: Parameters<TelltaleClient['follow']>[0] = {}) {
    const stream = client.follow({
      ...options,
      signal: this.#abort.signal,
      onCursor: (cursor) => this.cursors.push(cursor),
      onTrouble: ({ code }) => this.troubles.push(code),
    });
    void this.#run(stream);
    onTestFinished(() => this.stop());
  }

  /** The numbers of the events, in the order they came. */
  get numbers(): number[] {
    return this.got.flatMap((one) =>
      one.kind === 'event' ? [Number((one.event.data as { reason: string }).reason.slice(1))] : [],
    );
  }

  stop(): void {
    this.#abort.abort();
  }

  async #run(stream: AsyncGenerator<Followed>): Promise<void> {
    try {
      for await (const one of stream) this.got.push(one);
    } catch (error) {
      this.ended = error;
    }
  }
}
