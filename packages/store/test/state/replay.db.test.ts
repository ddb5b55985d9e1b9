/** The events of a window are handed out once each, in order, and a handler that fails stops nothing. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Event } from '@telltale/catalogue';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testVersions, useDatabase } from '../../../../test/database.ts';
import { type ReplayHandlers, replayEvents } from '../../src/state/replay.ts';
import { openStore } from '../sql/session.ts';
import { type Access, eventOf, foldAll, openAccess, readAllOf, secondOf } from './history.ts';

describe.each(testVersions())('on PostgreSQL %i', (version) => {
  const database = useDatabase('replay', { version });
  const device = randomUUID();
  let access: Access;
  let events: Event[];

  beforeAll(async () => {
    access = openAccess(database.url);
  });
  afterAll(() => access.database.close());

  const replay = (from: string, to: string, handlers: ReplayHandlers, of = device) =>
    replayEvents(access.database, access.registry, access.rows, of, from, to, handlers);

  /** 1,400 events, several of one second, published in another order than they happened in. */
  async function fill(): Promise<void> {
    const store = openStore(database.url);
    const inputs = Array.from({ length: 1400 }, (_, n) => eventOf(device, n, secondOf(((n * 37) % 1400) >> 2)));
    await store.publishBatch(inputs.slice(0, 700));
    await store.publishBatch(inputs.slice(700));
    events = await readAllOf(store, device);
  }

  test('every event of the window, both ends included, in order; handlers of type, noun and all', async () => {
    await fill();
    const [from, to] = [secondOf(20), secondOf(300)];
    const seen: Record<string, string[]> = { all: [], online: [], noun: [] };
    const note = (list: string) => (event: Event) => void seen[list]?.push(event.event_id);
    const result = await replay(from, to, {
      '*': note('all'),
      'device.online': note('online'),
      'target_state.*': note('noun'),
    });
    const window = events.filter(({ timestamp }) => timestamp >= from && timestamp <= to);
    const ids = (fits: (type: string) => boolean): string[] =>
      window.filter((event) => fits(event.event_type)).map((event) => event.event_id);

    expect(seen).toEqual({
      all: ids(() => true),
      online: ids((type) => type === 'device.online'),
      noun: ids((type) => type.startsWith('target_state.')),
    });
    expect(result).toEqual({
      events_replayed: window.length,
      handled: Object.values(seen).flat().length,
      final_state: foldAll(events, to),
      errors: [],
    });
  });

  test('handlers are awaited one after the other, the most exact first', async () => {
    const steps: string[] = [];
    const slow = (name: string) => async () => {
      steps.push(`${name} begins`);
      await sleep(2);
      steps.push(`${name} ends`);
    };
    const only = randomUUID();
    await openStore(database.url).publish({
      event_type: 'device.online',
      device_uuid: only,
      data: {},
      timestamp: secondOf(1),
    });
    await replay(
      secondOf(0),
      secondOf(2),
      { '*': slow('all'), 'device.*': slow('noun'), 'device.online': slow('type') },
      only,
    );

    expect(steps).toEqual(['type begins', 'type ends', 'noun begins', 'noun ends', 'all begins', 'all ends']);
  });

  test('what handlers throw, at once or later, is told with event id and type, and the replay goes on', async () => {
    const only = randomUUID();
    const ids = [randomUUID(), randomUUID(), randomUUID()];
    const say = (index: number, event_type: string) =>
      openStore(database.url).publish({
        event_id: ids[index] as string,
        event_type,
        device_uuid: only,
        data: {},
        timestamp: secondOf(index),
      });
    await say(0, 'device.online');
    await say(1, 'device.offline');
    await say(2, 'device.heartbeat');
    const result = await replay(
      secondOf(0),
      secondOf(2),
      {
        'device.online': () => {
          throw new Error('no power');
        },
        'device.offline': () => Promise.reject(new Error('no lamp')),
        'device.heartbeat': () => undefined,
      },
      only,
    );

    expect(result).toMatchObject({
      events_replayed: 3,
      handled: 1,
      errors: [`${ids[0]} (device.online): no power`, `${ids[1]} (device.offline): no lamp`],
    });
  });

  test('errors beyond a thousand are counted', async () => {
    const result = await replay(secondOf(0), secondOf(1400), { '*': () => Promise.reject(new Error('x')) });

    expect(result.errors).toHaveLength(1001);
    expect(result.errors.at(-1)).toBe('and 400 more');
  });

  test('what a handler does to an event changes no state', async () => {
    const result = await replay(secondOf(0), secondOf(1400), {
      '*': (event) => {
        event.data = null;
        event.event_type = 'x';
      },
    });

    expect(result.final_state).toEqual(foldAll(events, secondOf(1400)));
  });

  test('what is recorded while it runs is not in it', async () => {
    const store = openStore(database.url);
    const only = randomUUID();
    const at = (second: number) => store.publish(eventOf(only, 0, secondOf(second)));
    await at(1);
    await at(2);
    const result = await replay(secondOf(0), secondOf(9), { '*': () => at(5) }, only);

    expect(result.events_replayed).toBe(2);
  });

  test('a handler for a type that nobody knows is refused with the nearest name', async () => {
    await expect(replay(secondOf(0), secondOf(1), { 'device.onlin': () => undefined })).rejects.toMatchObject({
      code: 'UnknownEventType',
      message: expect.stringContaining('did you mean device.online'),
    });
    await expect(replay(secondOf(0), secondOf(1), { 'devic.*': () => undefined })).rejects.toMatchObject({
      code: 'UnknownEventType',
    });
  });

  test('a window that ends before it begins is refused', async () => {
    await expect(replay(secondOf(1), secondOf(0), {})).rejects.toMatchObject({ code: 'InvalidArgument' });
  });
});
