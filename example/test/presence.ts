/** Whether a data set is there. One that is missing fails its tests, unless TELLTALE_DATA_MISSING=ok says that it may be. */
import { existsSync } from 'node:fs';
import { dataFolder } from '../data.ts';

/** True when its tests are to be skipped. */
export function isExcused(dataset: string): boolean {
  return process.env['TELLTALE_DATA_MISSING'] === 'ok' && !existsSync(dataFolder(dataset));
}
