/** Imports 19 months of a factory's machines, and tells the story of one: `main.ts [--machine 99] [--batch 1000]`. */
import { parseArgs } from 'node:util';
import { countEvents, showCounts } from '../count.ts';
import { dataFolder } from '../data.ts';
import { runExample, wantsColour } from '../run.ts';
import { importMachines } from './import.ts';
import { tellMachine } from './report.ts';

const { values } = parseArgs({
  options: { machine: { type: 'string', default: '99' }, batch: { type: 'string', default: '1000' } },
});

await runExample(async (store, pool) => {
  const { log, skipped, imported } = await importMachines(store, dataFolder('azure-pdm'), {
    batch: Number(values.batch),
    onProgress: (progress) => console.log(`imported ${progress.skipped + progress.imported} events`),
  });
  console.log(`\nlog ${log}: ${imported} events imported now, ${skipped} before\n`);
  console.log([...showCounts(await countEvents(pool, log)), ''].join('\n'));
  console.log((await tellMachine(store, values.machine, wantsColour())).join('\n'));
});
