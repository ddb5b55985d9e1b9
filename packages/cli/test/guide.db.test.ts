/** The example of docs/guide/import.md, run as it stands there. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EventStore, uuidv5 } from '@telltale/store';
import { expect, onTestFinished, test } from 'vitest';
import { createDatabase } from '../../../test/database.ts';
import { newFolder, telltale } from './telltale.ts';

const guide = readFileSync(new URL('../../../docs/guide/import.md', import.meta.url), 'utf8');

/** The indented lines behind a sentence that ends so. */
function blockBehind(sentence: string): string {
  const lines = guide.slice(guide.indexOf(sentence)).split('\n').slice(2);
  const block = lines.slice(
    0,
    lines.findIndex((line) => !line.startsWith('    ')),
  );
  return block.map((line) => `${line.slice(4)}\n`).join('');
}

test('the mapping and the files of the guide give the events that it speaks of', async () => {
  const { url } = await createDatabase('guide');
  const folder = newFolder();
  const mapping = join(folder, 'pumps.json');
  writeFileSync(mapping, /```json\n([\s\S]*?)```/.exec(guide)?.[1] ?? '');
  writeFileSync(join(folder, 'errors.csv'), blockBehind('with `errors.csv`'));
  writeFileSync(join(folder, 'service.ndjson'), blockBehind('and `service.ndjson`'));

  const { code, stdout } = await telltale(['import', '--mapping', mapping], { database: url });

  expect({ code, stdout }).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(
      '2 events imported as pumps-2020 into log 1, 1 row left out by the mapping.',
    ) as string,
  });
  const store = new EventStore({ connection: url, worker: false });
  onTestFinished(() => store.close());
  const space = uuidv5(Buffer.from('6ba7b8119dad11d180b400c04fd430c8', 'hex'), 'https://example.org/pumps');
  const pump = uuidv5(Buffer.from(space.replaceAll('-', ''), 'hex'), 'p-17');
  const { events } = await store.readStream({ deviceUuid: pump });
  expect(events).toMatchObject([
    {
      event_type: 'device.alert_triggered',
      timestamp: '2020-07-01T08:00:00.000000Z',
      severity: 'critical',
      source: 'scada',
      data: { alert_name: 'E7', message: 'pressure too high', value: 9.4 },
      metadata: { tags: { pump: 'p-17', site: 'hall 3' } },
    },
    {
      event_type: 'device.maintenance_mode',
      timestamp: '2020-07-01T09:30:00.000000Z',
      actor_id: 'anna',
      data: { enabled: false, kind: 'corrective', components: ['valve'], ticket: 'T-4711' },
    },
  ]);
});
