/** The append benchmark: all contenders in turn, round after round, on one server; a table at the end, and JSON. */
import { writeFile } from 'node:fs/promises';
import type { EventInput } from '@telltale/catalogue';
import { withClient } from './connection.ts';
import { benchEvents } from './event.ts';
import { describeMachine } from './machine.ts';
import { type Options, readOptions } from './option.ts';
import { nameOf, type Row } from './plan.ts';
import { withServer } from './postgres.ts';
import { formatTable, type Outcome, summarise } from './report.ts';
import { Ring, type Run } from './run.ts';

/** Events made for a second of run: the yardstick alone is faster, and its runs are shorter for it. */
const MOST_EVENTS = 100_000;
/** Events of a second, for the first run of a row, of which nothing is known yet. */
const FIRST_GUESS = 2_000;

/** As many events as the row takes in `seconds`, in whole rounds of its callers so that none ends early. */
function load(all: readonly EventInput[], { shape }: Row, rate: number, seconds: number): readonly EventInput[] {
  const step = shape.batch * shape.callers;
  const steps = Math.max(1, Math.min(Math.round((rate * seconds) / step), Math.floor(all.length / step)));
  return all.slice(0, steps * step);
}

function progress(what: string, row: Row, { rate }: Run): void {
  console.error(`${what.padEnd(12)} ${nameOf(row).padEnd(44)} ${Math.round(rate)} events/s`);
}

/** Runs that do not count: the first finds the pace; a second, where there is time, lets V8 compile at that pace. */
async function warmUp(
  ring: Ring,
  all: readonly EventInput[],
  row: Row,
  seconds: number,
): Promise<readonly EventInput[]> {
  let run = await ring.run(row, load(all, row, FIRST_GUESS, 0.25));
  if (seconds >= 1) run = await ring.run(row, load(all, row, run.rate, seconds / 4));
  progress('warm-up', row, run);
  return load(all, row, run.rate, seconds);
}

async function measure(ring: Ring, { rows, rounds, seconds }: Options): Promise<Outcome[]> {
  const all = benchEvents(Math.round(MOST_EVENTS * seconds), 1);
  const loads = new Map<Row, readonly EventInput[]>();
  for (const row of rows) loads.set(row, await warmUp(ring, all, row, seconds));
  const runs = new Map<Row, Run[]>(rows.map((row) => [row, []]));
  for (let round = 1; round <= rounds; round += 1) {
    for (const row of rows) {
      const run = await ring.run(row, loads.get(row) ?? []);
      runs.get(row)?.push(run);
      progress(`round ${round}/${rounds}`, row, run);
    }
  }
  return rows.map((row) => ({ row, events: loads.get(row)?.length ?? 0, runs: runs.get(row) ?? [] }));
}

async function bench(url: string, options: Options): Promise<void> {
  await withClient(url, async (admin) => {
    const machine = await describeMachine(admin);
    console.error(machine);
    const ring = new Ring(url, admin);
    try {
      const result = { machine, ...summarise(await measure(ring, options)) };
      console.log(formatTable(result));
      if (options.file !== null) await writeFile(options.file, `${JSON.stringify(result, null, 2)}\n`);
    } finally {
      await ring.close();
    }
  });
}

const options = readOptions();
if (options !== undefined) await withServer((url) => bench(url, options));
