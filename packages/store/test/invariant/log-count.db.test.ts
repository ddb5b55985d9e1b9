/** Raising the number of logs under load: nothing is lost, no two batches lock each other out, devices stay in order. */
import type { Event } from '@telltale/catalogue';
import { expect, test } from 'vitest';
import { createDatabase } from '../../../../test/database.ts';
import { findViolations } from './check.ts';
import { deviceOf, eventOf } from './fleet.ts';
import { openSession } from './session.ts';
import { openStore } from './store.ts';

const writers = 6;
const devicesOfEach = 8;
const tiers = ['critical', 'important', 'standard', 'debug'] as const;

/** Each writer has devices of its own, so that the order of their calls is known; every batch mixes them all. */
function batchOf(writer: number, call: number) {
  return Array.from({ length: devicesOfEach }, (_, device) =>
    eventOf(deviceOf(writer * devicesOfEach + device), `${call}`, tiers[(call + device) % 4]),
  );
}

/** The calls of each device in the order in which they were read. */
function callsByDevice(events: readonly Event[]): Map<string, number[]> {
  const calls = new Map<string, number[]>();
  for (const { device_uuid: device, metadata } of events) {
    const own = calls.get(device ?? '') ?? [];
    own.push(Number(metadata['call']));
    calls.set(device ?? '', own);
  }
  return calls;
}

test('one log becomes four, then sixteen, under writers whose batches span them all, and a reader misses nothing', async () => {
  const { url } = await createDatabase('log count');
  const stores = [openStore(url), openStore(url), openStore(url)];
  const [first] = stores as [(typeof stores)[number]];
  const calls = Array.from({ length: writers }, () => 0);
  const writing = new AbortController();

  const write = async (writer: number): Promise<void> => {
    while (!writing.signal.aborted) {
      await stores[writer % stores.length]?.publishBatch(batchOf(writer, (calls[writer] as number) + 1));
      (calls[writer] as number)++;
    }
  };
  const published = async (more: number): Promise<void> => {
    const goal = calls.map((count) => count + more);
    await expect
      .poll(() => calls.every((count, writer) => count >= (goal[writer] as number)), { timeout: 20_000 })
      .toBe(true);
  };
  const seen: Event[] = [];
  const reading = openStore(url).subscribe('every log', (event) => void seen.push(event), { poll: 5 });
  const running = Promise.all(calls.map((_, writer) => write(writer)));
  await published(8);
  expect(await first.raiseLogCount(4)).toBe(2);
  await published(8);
  expect(await first.raiseLogCount(16)).toBe(3);
  await published(8);
  writing.abort();
  await running;

  const total = calls.reduce((sum, count) => sum + count * devicesOfEach, 0);
  await expect.poll(() => seen.length, { timeout: 20_000 }).toBeGreaterThanOrEqual(total);
  await reading.stop();
  expect(seen).toHaveLength(total);
  for (const [device, read] of callsByDevice(seen)) {
    expect(read, device).toEqual(read.map((_, index) => index + 1));
  }
  expect(new Set(seen.map((event) => event.log)).size).toBeGreaterThan(10);
  expect(await findViolations(await openSession(url))).toEqual([]);
  expect(await first.verify()).toMatchObject({ verified: total, changed: [], miscounted: [] });
});

test('a reader that begins after the logs were raised still gets each device in order', async () => {
  const { url } = await createDatabase('log count later');
  const store = openStore(url);
  for (let call = 1; call <= 12; call++) {
    await store.publishBatch(batchOf(0, call));
    if (call === 4) await store.raiseLogCount(3);
    if (call === 8) await store.raiseLogCount(7);
  }

  const events: Event[] = [];
  // Pages far smaller than an epoch: order must hold from page to page as well.
  for (let cursor: string | null = null, atHead = false; !atHead; ) {
    const page = await store.readAll(cursor, {}, { limit: 5 });
    events.push(...page.events);
    ({ cursor, atHead } = page);
  }

  expect(events).toHaveLength(12 * devicesOfEach);
  for (const [device, read] of callsByDevice(events)) {
    expect(read, device).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  }
});

test.each([0, 1, -4, 257, 2.5])('a number of logs that is no raise is refused: %d', async (count) => {
  const { url } = await createDatabase('log count refused');
  await expect(openStore(url).raiseLogCount(count)).rejects.toMatchObject({ code: 'InvalidArgument' });
});
