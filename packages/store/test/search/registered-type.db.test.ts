/** Types that another process registered after this one began are found by name, pattern and category. */
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { createDatabase } from '../../../../test/database.ts';
import { openStore } from '../invariant/store.ts';

const device = randomUUID();

test.each(['type:pump.*', 'type:pump.primed', 'category:lifecycle', 'pump', 'type:* severity:info'])(
  '%s finds events of a type that another process registered and indexed',
  async (filter) => {
    const { url } = await createDatabase('registered elsewhere');
    const [store, other] = [openStore(url), openStore(url)];
    await store.search({ filter: 'type:device.*' });
    await other.registerEventType({
      name: 'pump.primed',
      description: 'A pump was primed.',
      category: 'lifecycle',
      schema: { type: 'object' },
    });
    await other.publishBatch(
      Array.from({ length: 900 }, () => ({ event_type: 'pump.primed', device_uuid: device, data: {} })),
    );
    // Of what stands behind the segments every process learns the types.
    await other.publishBatch(
      Array.from({ length: 1100 }, () => ({ event_type: 'device.heartbeat', device_uuid: device, data: {} })),
    );
    await other.index();

    const types = (await store.search({ filter, limit: 3000 })).filter((event) => event.event_type === 'pump.primed');
    expect(types).toHaveLength(900);
  },
);
