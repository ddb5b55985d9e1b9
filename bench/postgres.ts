/** The server that all contenders share: the one DATABASE_URL names, or an embedded one that is thrown away. */
import { rm } from 'node:fs/promises';
import { startPostgres, temporaryDirectory } from '@telltale/embedded';

export async function withServer(use: (url: string) => Promise<void>): Promise<void> {
  const given = process.env['DATABASE_URL'];
  if (given !== undefined && given !== '') return use(given);

  // What an interrupted run leaves behind, the next one's temporaryDirectory removes.
  const directory = await temporaryDirectory('telltale-bench');
  try {
    const server = await startPostgres({ directory, fsync: true });
    try {
      await use(server.url);
    } finally {
      await server.stop('fast');
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
