/** Gets the server up on a port: another one when somebody was faster, again when back ends of a crash still linger. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EmbeddedFailure } from './failure.ts';
import type { Premises } from './initialise.ts';
import { choosePort } from './port.ts';
import { endServerProcesses } from './postmaster.ts';
import { launch, StartRefused } from './process.ts';
import type { ServerRun } from './run.ts';

/** Losing the race for a random port of 10,000 ten times means something else is wrong. */
const tries = 10;

export async function launchOnPort(
  premises: Premises,
  wanted: number | undefined,
  log: string,
): Promise<{ port: number; run: ServerRun }> {
  const note = join(premises.directory, 'port');
  let port = wanted ?? (await choosePort(await readPort(note)));
  for (let attempt = 1; ; attempt += 1) {
    try {
      const run = await launch(premises, port, log);
      await writeFile(note, `${port}\n`);
      return { port, run };
    } catch (error) {
      if (!(error instanceof StartRefused) || attempt === tries) throw explain(error, log);
      if (error.reason === 'PortTaken' && wanted !== undefined) throw portTaken(port, premises);
      if (error.reason === 'Other') throw explain(error, log);
      if (error.reason === 'PortTaken') port = await choosePort(undefined);
      else await endServerProcesses(premises.data, premises.identity, 3_000);
    }
  }
}

async function readPort(note: string): Promise<number | undefined> {
  const port = Number.parseInt(await readFile(note, 'utf8').catch(() => ''), 10);
  return port > 0 && port < 65_536 ? port : undefined;
}

function portTaken(port: number, { directory }: Premises): EmbeddedFailure {
  return new EmbeddedFailure(
    'PortTaken',
    `Port ${port} of 127.0.0.1 is taken by another program, so the PostgreSQL of ${directory} cannot use it. ` +
      'Ask for another port, or for none.',
  );
}

function explain(error: unknown, log: string): unknown {
  if (!(error instanceof StartRefused)) return error;
  const lines = error.message.trim().split('\n').slice(-4);
  // Without the time and process id that begin each line.
  const said = lines.map((line) => line.replace(/^\S+ \S+ UTC \[\d+\] /, '').trim()).join(' | ');
  return new EmbeddedFailure(
    'StartFailed',
    `PostgreSQL ended while starting: ${said || 'it said nothing'}. See ${log}.`,
  );
}
