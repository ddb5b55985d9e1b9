/** Finds a port that nobody listens on. */
import { createServer } from 'node:net';

/** Whether 127.0.0.1 has this port free right now; somebody may still take it before the server does. */
async function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ host: '127.0.0.1', port, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

/** The remembered port while it is free, else one of 20000-29999: below 32768, where systems pick ports for outgoing connections. */
export async function choosePort(remembered: number | undefined): Promise<number> {
  if (remembered !== undefined && (await isFree(remembered))) return remembered;
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    if (await isFree(port)) return port;
  }
  throw new Error('No free port was found between 20000 and 29999 on 127.0.0.1 in 100 tries. Ask for one with --port.');
}
