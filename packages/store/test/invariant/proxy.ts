/** A wire to a server that can be cut: between the server and us, so that neither knows what became of the other. */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface Proxy {
  /** The server's address by way of the proxy. */
  readonly url: string;
  /** Swallows the next answer of the server and cuts the wire it came on. */
  loseNextAnswer(): void;
  /** Cuts every wire now; what the server has been told it may still do. New ones may be made. */
  cut(): void;
}

export async function startProxy(url: string): Promise<Proxy> {
  const target = new URL(url);
  const wires = new Set<Socket>();
  let losing = false;
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    wires.add(client);
    client.on('error', () => undefined).on('close', () => wires.delete(client));
    // The server's end stays open after a cut: a network that breaks says nothing to it.
    upstream.on('error', () => undefined).on('end', () => client.end());
    client.on('data', (bytes) => upstream.write(bytes));
    client.on('end', () => upstream.end());
    upstream.on('data', (bytes) => {
      if (losing) client.destroy();
      else client.write(bytes);
      losing = false;
    });
    onTestFinished(() => void upstream.destroy());
  });
  const port = await listen(server);
  const own = new URL(url);
  own.port = String(port);
  return {
    url: own.href,
    loseNextAnswer: () => {
      losing = true;
    },
    cut: () => {
      for (const wire of wires) wire.destroy();
    },
  };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => void server.close());
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
