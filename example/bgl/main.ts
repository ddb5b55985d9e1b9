/** Imports 2,000 lines of the BlueGene/L log, and tells the story of a node: `main.ts [--node NAME] [--batch 1000]`. */
import { parseArgs } from 'node:util';
import { countEvents, showCounts } from '../count.ts';
import { dataFolder } from '../data.ts';
import { runExample, wantsColour } from '../run.ts';
import { importLines } from './import.ts';
import { listNoisyNodes, showAlerts, tellNode } from './report.ts';

const { values } = parseArgs({ options: { node: { type: 'string' }, batch: { type: 'string', default: '1000' } } });

await runExample(async (store, pool) => {
  const { log, skipped, imported, eventTypes } = await importLines(store, dataFolder('bgl'), {
    batch: Number(values.batch),
    onProgress: (progress) => console.log(`imported ${progress.skipped + progress.imported} events`),
  });
  console.log(
    `\nlog ${log}: ${imported} events imported now, ${skipped} before, of ${eventTypes.length} event types\n`,
  );
  console.log([...showCounts(await countEvents(pool, log)), ''].join('\n'));
  console.log(['Alerts:', ...(await showAlerts(pool, log)), ''].join('\n'));
  const noisy = await listNoisyNodes(pool, log);
  console.log(['Noisiest nodes:', ...noisy.map(({ name, events }) => `  ${name}  ${events}`), ''].join('\n'));
  const node = values.node ?? noisy[0]?.name ?? '';
  console.log((await tellNode(store, node, wantsColour())).join('\n'));
});
