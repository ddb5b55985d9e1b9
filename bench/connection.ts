/** One connection a caller, opened before the clock starts. */
import { Client } from 'pg';

export class Connections {
  readonly #clients: readonly Client[];

  private constructor(clients: readonly Client[]) {
    this.#clients = clients;
  }

  static async open(url: string, count: number): Promise<Connections> {
    const clients = Array.from({ length: count }, () => new Client(url));
    await Promise.all(clients.map((client) => client.connect()));
    return new Connections(clients);
  }

  of(caller: number): Client {
    const client = this.#clients[caller];
    if (client === undefined) throw new Error(`expected a caller below ${this.#clients.length}, found ${caller}`);
    return client;
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.end()));
  }
}

/** Runs `use` on a connection of its own. */
export async function withClient<Result>(url: string, use: (client: Client) => Promise<Result>): Promise<Result> {
  const connections = await Connections.open(url, 1);
  try {
    return await use(connections.of(0));
  } finally {
    await connections.close();
  }
}
