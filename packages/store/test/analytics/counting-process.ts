/** A process that counts devices until it is killed: `{url}`. Prints a line when it begins, and one for every call. */
import { writeSync } from 'node:fs';
import { openDatabase } from '@telltale/store';
import { countDevices } from '../../src/count/count.ts';

const task = JSON.parse(process.argv[2] ?? '') as { url: string };
const database = openDatabase(task.url, { role: 'telltale_application', connections: 1 });
for (;;) {
  writeSync(1, '"counting"\n');
  // oxlint-disable-next-line no-await-in-loop
  await countDevices(database);
}
