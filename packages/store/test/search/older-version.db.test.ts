/** Events of an older schema version are found by what they are brought up to, wherever they stand. */
import { randomUUID } from 'node:crypto';
import { type AnyEventStore, EventStore } from '@telltale/store';
import { beforeAll, describe, expect, test } from 'vitest';
import { useDatabase } from '../../../../test/database.ts';

const device = randomUUID();
const name = 'kiln.fired';
const older = { type: 'object', properties: { degrees: { type: 'number' }, glaze: { type: 'string' } } };
const newer = { type: 'object', properties: { celsius: { type: 'number' }, glaze: { type: 'string' } } };

/** 900 of the first version, then 900 of the second; behind a full segment, the rest stands in none. */
const fired = (field: string) =>
  Array.from({ length: 900 }, (_, index) => ({
    event_type: name,
    device_uuid: device,
    data: { [field]: 800 + (index % 3), glaze: `shade${index % 2}` },
  }));

describe('a type whose second version renames a field', () => {
  const database = useDatabase('older versions');
  let store: AnyEventStore;

  beforeAll(async () => {
    store = new EventStore({ connection: database.url, worker: false });
    await store.registerEventType({ name, description: 'A kiln was fired.', schema: older });
    await store.publishBatch(fired('degrees'));
    await store.registerEventType({
      name,
      version: 2,
      description: 'A kiln was fired.',
      schema: newer,
      previous: [
        {
          version: 1,
          schema: older,
          upcast: (data) => {
            const { degrees, ...rest } = data as { degrees: number };
            return { ...rest, celsius: degrees };
          },
        },
      ],
    });
    await store.publishBatch(fired('celsius'));
    return () => store.close();
  });

  const cases: [string, number][] = [
    ['data.celsius:801', 600],
    ['data.celsius>=801', 1200],
    ['-data.celsius:801', 1200],
    ['data.degrees:801', 0],
    ['-data.degrees:*', 1800],
    ['version:2', 1800],
    ['version:1', 0],
    ['data.celsius:802 OR data.glaze:shade0', 1200],
    ['shade1', 900],
    ['data.celsius:801 shade1', 300],
  ];

  const check = async (filter: string, events: number): Promise<void> => {
    const page = await store.searchPage({ filter: `type:${name} (${filter})`, limit: 5000 }, { total: true });

    expect([page.events.length, page.total]).toEqual([events, events]);
    for (const { data } of page.events) expect(data).not.toHaveProperty('degrees');
  };

  test.each(cases)('is found by %s before the segments have it', check);

  describe('in segments', () => {
    beforeAll(async () => {
      await store.index();
    });

    test.each(cases)('is found by %s', check);
  });
});
