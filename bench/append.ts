/** The append benchmark: all contenders in turn, round after round, on one server; prints a table and keeps it as JSON. */
import { mkdir, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import type { EventInput } from '@telltale/catalogue';
import { Client } from 'pg';
import { benchEvents } from './event.ts';
import { describeMachine } from './machine.ts';
import { plan, type Row } from './plan.ts';
import { formatTable, type Outcome, summarise } from './report.ts';
import { Ring, type Run } from './run.ts';
import { withServer } from './server.ts';

const usage = `npm run bench -- [--short] [--only <part of a row's name>] [--rounds <n>] [--seconds <n>] [--out <file>]

  --short    the rows that decide the ratios, in less than a minute
  --only     only rows whose name holds this text, e.g. --only "emmett 1000x4"
  --rounds   how often every row runs; the median counts (5, short: 3)
  --seconds  about how long one run takes (2, short: 0.5)
  --out      where the JSON goes (bench/result/append.json)

DATABASE_URL names the server; without it an embedded PostgreSQL is started and thrown away.`;

const nameOf = ({ contender, shape }: Row): string =>
  `${contender.name} ${shape.batch}x${shape.callers}${shape.logs === undefined ? '' : `, ${shape.logs} logs`}`;

/** As many events as the row takes in `seconds`, in whole rounds of its callers so that none ends early. */
function events(all: readonly EventInput[], { shape }: Row, rate: number, seconds: number): readonly EventInput[] {
  const step = shape.batch * shape.callers;
  const steps = Math.max(1, Math.min(Math.round((rate * seconds) / step), Math.floor(all.length / step)));
  return all.slice(0, steps * step);
}

interface Options {
  readonly rows: readonly Row[];
  readonly rounds: number;
  readonly seconds: number;
}

async function measure(ring: Ring, { rows, rounds, seconds }: Options): Promise<Outcome[]> {
  const all = benchEvents(200_000, 1);
  const loads = new Map<Row, readonly EventInput[]>();
  for (const row of rows) {
    const { rate } = await ring.run(row, events(all, row, 2_000, 0.25));
    const warm = await ring.run(row, events(all, row, rate, seconds / 4));
    loads.set(row, events(all, row, warm.rate, seconds));
    console.error(`warm-up    ${nameOf(row).padEnd(40)} ${Math.round(warm.rate)} events/s`);
  }
  const runs = new Map<Row, Run[]>(rows.map((row) => [row, []]));
  for (let round = 1; round <= rounds; round += 1) {
    for (const row of rows) {
      const run = await ring.run(row, loads.get(row) ?? []);
      runs.get(row)?.push(run);
      console.error(`round ${round}/${rounds}  ${nameOf(row).padEnd(40)} ${Math.round(run.rate)} events/s`);
    }
  }
  return rows.map((row) => ({
    row,
    name: nameOf(row),
    events: loads.get(row)?.length ?? 0,
    runs: runs.get(row) ?? [],
  }));
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      short: { type: 'boolean', default: false },
      only: { type: 'string' },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      out: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return console.log(usage);
  const rows = plan.filter((row) => (!values.short || row.short) && nameOf(row).includes(values.only ?? ''));
  if (rows.length === 0)
    throw new Error(
      `--only: expected part of a row's name, found ${values.only}; rows: ${plan.map(nameOf).join('; ')}`,
    );
  const rounds = Number(values.rounds ?? (values.short ? 3 : 5));
  const seconds = Number(values.seconds ?? (values.short ? 0.5 : 2));
  const file = values.out === undefined ? new URL('result/append.json', import.meta.url) : values.out;

  await withServer(async (url) => {
    const admin = new Client(url);
    await admin.connect();
    const ring = new Ring(url, admin);
    try {
      const machine = await describeMachine(admin);
      console.error(machine);
      const result = { machine, ...summarise(await measure(ring, { rows, rounds, seconds })) };
      console.log(formatTable(result));
      await mkdir(new URL('result/', import.meta.url), { recursive: true });
      await writeFile(file, `${JSON.stringify(result, null, 2)}\n`);
    } finally {
      await ring.close();
      await admin.end();
    }
  });
}

await main();
