/** The answers from the counts are those of a scan of all events, at any moment, whoever writes and builds meanwhile. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { createDatabase, newestVersion } from '../../../../test/database.ts';
import { countDevices } from '../../src/count/count.ts';
import { type AnyEventStore, openDatabase } from '../../src/index.ts';
import { deviceOf } from '../invariant/fleet.ts';
import { openStore } from '../invariant/store.ts';
import { seededRandom } from '../invariant/writer.ts';
import { ask, connect } from '../sql/session.ts';
import { eventOf, expectCounted, mergeCounts, publishEvents, storeSegments } from './fleet.ts';
import { expectExact } from './oracle.ts';

const writers = 16;
const devices = 1200;

/** An import: a log of its own, recorded when it happened, over four weeks. */
function importHistory(store: AnyEventStore): Promise<unknown> {
  const random = seededRandom('import');
  const events = Array.from({ length: 2900 }, (_, index) => ({
    ...eventOf(random, devices),
    timestamp: new Date(Date.now() - (2900 - index) * 900_000),
  }));
  return store.importEvents('old', events);
}

describe.each(newestVersion())('on PostgreSQL %i', (version) => {
  test('every answer is exact while sixteen writers publish and the builders run', async () => {
    const { url } = await createDatabase('exact analytics', { version });
    const store = openStore(url);
    await importHistory(store);
    const state = { writing: true };
    const random = seededRandom('fleet');
    const written = Promise.all(
      Array.from({ length: writers }, () => publishEvents(store, random, 1750, devices, 250)),
    ).finally(() => {
      state.writing = false;
    });
    const builder = await connect(url);
    const counter = openDatabase(url, { role: 'telltale_application', connections: 1 });
    onTestFinished(() => counter.close());
    const built = (async () => {
      while (state.writing) {
        await countDevices(counter);
        await storeSegments(builder);
        await mergeCounts(builder);
      }
    })();
    const reader = await connect(url, 'telltale_application');
    const sizes = new Set<number>();
    do sizes.add(await expectExact(reader, deviceOf(0), [null, 'acme']));
    while (state.writing);
    await Promise.all([written, built]);

    await countDevices(counter);
    await mergeCounts(builder);
    sizes.add(await expectExact(reader, deviceOf(0), [null, 'acme', 'umbrella']));
    expect(sizes.size).toBeGreaterThan(1);
    const [row] = await ask(
      url,
      `select (select count(*)::int from telltale.device_blocks) as blocks,
         (select count(distinct log)::int from telltale.segments) as logs, exists (select from telltale.device_counts where merged) as merged`,
    );
    expect(row).toEqual({ blocks: 3, logs: 2, merged: true });
    await expectCounted(url);
  });
});
