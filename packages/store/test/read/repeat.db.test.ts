/** What a caller who repeats a call learns of its first try, and what a tenant learns of one event. */
import { expect, test } from 'vitest';
import { createDatabase } from '../../../../test/database.ts';
import { type AnyEventStore, EventStore } from '../../src/index.ts';

const press = '0192f0c1-7a52-7c3e-9b1a-2f6d0f3c8e11';
const mixer = '0192f0c1-7a52-7c3e-9b1a-2f6d0f3c8e12';
const id = 'aaaaaaaa-0000-5000-8000-000000000001';
const trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

async function withStore<Result>(title: string, work: (store: AnyEventStore) => Promise<Result>): Promise<Result> {
  const { url } = await createDatabase(title);
  const store: AnyEventStore = new EventStore({ connection: url, worker: false });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

const online = (device: string, event_id?: string) => ({
  event_type: 'device.online',
  device_uuid: device,
  data: {},
  ...(event_id !== undefined && { event_id }),
});

test('a repeat is told the trace of the first try, and whether it was of the same place', async () => {
  await withStore('repeat', async (store) => {
    const acme = store.ofTenant('acme');
    await acme.publishBatch([{ ...online(press, id), traceparent: trace }]);

    const events = [online(press, id.toUpperCase()), online(mixer, id), online(press), online(press, mixer)];
    expect(await acme.findRepeats(events)).toEqual([
      { traceparent: trace, samePlace: true },
      { traceparent: trace, samePlace: false },
      null,
      null,
    ]);
    expect(await store.ofTenant('other').findRepeats(events)).toEqual([null, null, null, null]);
  });
});

test('to a tenant, an event of another is no event at all: not by id, not by chain, not by verification', async () => {
  await withStore('foreign event', async (store) => {
    const cause = online(press, id);
    await store.ofTenant('acme').publishBatch([cause]);
    const other = store.ofTenant('other');
    const [effect] = await other.publishBatch([{ ...online(press), causation_id: id }]);

    await expect(other.getEvent(id)).rejects.toMatchObject({ code: 'NotFound' });
    await expect(other.verifyEvent(id)).rejects.toMatchObject({ code: 'NotFound' });
    await expect(other.getEventChain(id)).rejects.toMatchObject({ code: 'NotFound' });
    const { nodes } = await other.getEventChain(effect?.event_id as string);
    expect(nodes[0]).toMatchObject({ event_id: id, missing: { reason: 'not_recorded' } });
    const all = await store.getEventChain(effect?.event_id as string, { tenant: 'other' });
    expect(all.nodes[0]).toMatchObject({ missing: { reason: 'other_tenant' } });
  });
});
