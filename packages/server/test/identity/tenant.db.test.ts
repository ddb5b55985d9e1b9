/** What one tenant does changes nothing that another is answered, on any route: not a byte, not a status, not a length. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { EventInput } from '@telltale/catalogue';
import { allRoutes, type Route } from '@telltale/protocol';
import { beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { useDatabase } from '../../../../test/database.ts';
import { startServing } from '../serving.ts';
import { requestOf, type Subject } from './question.ts';

const device = randomUUID();
const known = { acme: randomUUID(), umbrella: randomUUID() };
const hour = 3_600_000;
const base = Date.now() - hour;
const marker = 'umbrella';

/** The same devices, aggregates, types and words in both tenants; the tenant's name stands in every text. */
function eventOf(tenant: 'acme' | 'umbrella', index: number): EventInput {
  const kinds = [
    { event_type: 'device.offline', device_uuid: device, data: { reason: `valve stuck at ${tenant}` } },
    { event_type: 'current_state.updated', device_uuid: device, data: { state: { apps: { [tenant]: index } } } },
    { event_type: 'image.removed', aggregate_id: 'web', device_uuid: device, data: { image: `valve ${tenant}` } },
    { event_type: 'device.heartbeat', device_uuid: device, data: { status: tenant } },
  ];
  return {
    ...(kinds[index % 4] as (typeof kinds)[number]),
    ...(index === 0 && { event_id: known[tenant] }),
    timestamp: new Date(base - (index % 300) * 60_000),
    causation_id: index === 0 ? null : index % 2 === 0 ? known.acme : known.umbrella,
    metadata: { tags: { site: tenant }, actor: { type: 'user', id: `anna at ${tenant}` } },
  };
}

const subject: Subject = {
  device,
  event: known.acme,
  aggregate: { type: 'app', id: 'web' },
  from: new Date(base - 24 * hour).toISOString(),
  to: new Date(base + hour / 2).toISOString(),
  word: 'valve',
  eventType: 'device.offline',
};

interface Answer {
  readonly status: number;
  readonly headers: string;
  readonly body: string;
}

/** What changes from one answer to the next anyway, with its length instead. */
const masks: readonly [RegExp, (all: string) => string][] = [
  [/"(nextCursor|cursor|ticket)":"[^"]*"/g, (all) => `cursor of ${all.length}`],
  [/"(instance|expires_at)":"[^"]*"/g, () => 'moment'],
];
const settled = (body: string): string =>
  masks.reduce((text, [pattern, mask]) => text.replace(pattern, (all) => mask(all)), body);

describe('a tenant', () => {
  const database = useDatabase('foreign tenant');
  let serving: Awaited<ReturnType<typeof startServing>>;
  let headers: { authorization: string };

  async function ask(route: Route, about: Subject, more: Record<string, string> = {}, as = headers): Promise<Answer> {
    const answer = await serving.app.inject({ ...requestOf(route, about, more), headers: as });
    const { date: _date, 'x-request-id': _id, 'telltale-next-cursor': cursor, ...rest } = answer.headers;
    const limits = Object.entries(rest).filter(([name]) => !name.startsWith('x-ratelimit'));
    return {
      status: answer.statusCode,
      headers: JSON.stringify([limits, String(cursor).length]),
      body: settled(answer.body),
    };
  }

  /** Every route that ends and that stores nothing. */
  const asked = allRoutes.filter(({ live, name }) => live === undefined && name !== 'publishEvents');

  async function askAll(about = subject, more: Record<string, string> = {}): Promise<Record<string, Answer>> {
    const answers: Record<string, Answer> = {};
    for (const route of asked) answers[route.name] = await ask(route, about, more);
    return answers;
  }

  const publish = (body: unknown, type = 'application/json'): Promise<{ statusCode: number; body: string }> =>
    serving.app.inject({
      method: 'POST',
      url: '/api/v1/events',
      headers: { ...headers, 'content-type': type },
      payload: JSON.stringify(body),
    });

  /** The cause, as the chain of an event of acme tells of it. */
  const causeOf = async (cause: string): Promise<string> => {
    const event = { event_type: 'device.rebooted', device_uuid: device, data: {}, causation_id: cause };
    const [receipt] = JSON.parse((await publish(event)).body).receipts;
    const chain = await serving.app.inject({ url: `/api/v1/events/${receipt.event_id}/chain`, headers });
    return JSON.stringify(chain.json().nodes[0]).replaceAll(cause, '');
  };

  const listening = async (): Promise<string> => {
    const { app } = serving;
    if (!app.server.listening) await app.listen({ host: '127.0.0.1', port: 0 });
    return `http://127.0.0.1:${(app.server.address() as { port: number }).port}`;
  };

  const stages: Record<string, Answer>[] = [];

  const look = async (): Promise<void> => {
    stages.push({
      ...(await askAll()),
      ...Object.fromEntries(
        Object.entries(await askAll(subject, { limit: '7', total: 'true' })).map(([name, answer]) => [
          `${name}, in pages`,
          answer,
        ]),
      ),
    });
  };

  beforeAll(async () => {
    serving = await startServing(database.url);
    headers = { authorization: `Bearer ${await serving.token({ tenant: 'acme', roles: ['admin'] })}` };
    const { store } = serving;
    await store.ofTenant('acme').publishBatch(Array.from({ length: 200 }, (_, index) => eventOf('acme', index)));
    await look();
    await store
      .ofTenant('umbrella')
      .publishBatch(Array.from({ length: 2500 }, (_, index) => eventOf('umbrella', index)));
    await look();
    await store.index();
    await look();
    return () => serving.close();
  });

  test.each(asked.map(({ name }) => name))('%s answers the same whatever another tenant did', (name) => {
    const [before, after, indexed] = stages;

    for (const variant of [name, `${name}, in pages`]) {
      expect(after?.[variant], variant).toEqual(before?.[variant]);
      expect(indexed?.[variant], variant).toEqual(before?.[variant]);
      expect(after?.[variant]?.body).not.toContain(marker);
      expect(after?.[variant]?.body).not.toMatch(/"(log|position|tier_position)":\d|"checksum":"/);
    }
  });

  test('each route answers with something, so that there was something to tell apart', () => {
    const refused = Object.entries(stages[0] ?? {}).filter(
      ([name, { status }]) => !name.includes(',') && status !== 200,
    );

    expect(Object.fromEntries(refused.map(([name, { status }]) => [name, status]))).toEqual({
      registerEventType: 403,
      subscriptionLag: 403,
      readMetrics: 403,
      issueTicket: 201,
      getDocsFile: expect.any(Number),
    });
    for (const name of ['searchEvents', 'fullTextSearch', 'getEventChain', 'readAll', 'getStats', 'replayEvents'])
      expect(stages[0]?.[name]?.body, name).toMatch(/acme|device\.offline/);
  });

  test('an event of another tenant is answered like one that there is not', async () => {
    for (const route of asked.filter(({ path }) => path.includes(':event_id'))) {
      const [foreign, none] = [known.umbrella, randomUUID()];
      const answer = await ask(route, { ...subject, event: foreign });
      const nothing = await ask(route, { ...subject, event: none });

      expect(answer.status).toBe(404);
      expect({ ...answer, body: answer.body.replaceAll(foreign, '') }, route.name).toEqual({
        ...nothing,
        body: nothing.body.replaceAll(none, ''),
      });
    }
  });

  test('a cause that is another tenant’s is told like one that there is not', async () => {
    expect(await causeOf(known.umbrella)).toBe(await causeOf(randomUUID()));
  });

  test('an id that another tenant used is free, and its streams have no versions of others', async () => {
    const event = { event_id: known.umbrella, event_type: 'device.rebooted', device_uuid: device, data: {} };
    const job = { event_type: 'job.queued', aggregate_id: '17', data: { job_id: '17' } };
    await serving.store.ofTenant('umbrella').publishBatch([job, { ...job, event_type: 'job.started' }]);

    const answer = await publish([event, job]);

    expect([answer.statusCode, answer.body]).toEqual([201, expect.stringContaining('"stream_version":1')]);
    expect(answer.body).not.toMatch(/"(log|position|tier_position)"/);
  });

  test('an id used again is refused without telling where it stands', async () => {
    const event = { event_id: randomUUID(), event_type: 'device.heartbeat', device_uuid: device };
    await publish({ ...event, data: { status: 'one' } });

    const other = { ...event, data: { status: 'two' } };
    for (const answer of [await publish(other), await publish([other])]) {
      expect([answer.statusCode, JSON.parse(answer.body).code]).toEqual([409, 'EventIdReused']);
      expect(answer.body).not.toMatch(/position|log \d/);
    }
  });

  test('the cursors of another tenant are refused like damaged ones', async () => {
    const foreign = { authorization: `Bearer ${await serving.token({ tenant: 'umbrella', roles: ['admin'] })}` };
    const paged = asked.filter((route) => 'cursor' in propertiesOf(route));
    expect(paged.length).toBeGreaterThan(3);

    for (const route of paged) {
      const answer = await serving.app.inject({ ...requestOf(route, subject, { limit: '7' }), headers: foreign });
      const cursor: string = answer.json().nextCursor ?? answer.json().cursor;
      const refused = await ask(route, subject, { limit: '7', cursor });

      expect(refused.status, route.name).toBe(400);
      expect(refused, route.name).toEqual(await ask(route, subject, { limit: '7', cursor: 'none' }));
    }
  });

  test('asking for another tenant is refused on every route that could be asked', async () => {
    const choosing = asked.filter((route) => 'tenant' in propertiesOf(route));
    expect(choosing.length).toBeGreaterThan(8);

    for (const route of choosing) {
      expect((await ask(route, subject, { tenant: marker })).status, route.name).toBe(403);
      expect((await ask(route, subject, { tenant: 'no such tenant' })).status, route.name).toBe(403);
      expect((await ask(route, subject, { tenant: 'acme' })).status, route.name).toBe(200);
    }
  });

  test('nothing is published under another tenant, or under none', async () => {
    const event = { event_type: 'device.rebooted', device_uuid: device, data: {} };
    const cloud = { specversion: '1.0', id: randomUUID(), source: '/s', type: 'device.rebooted', subject: device };
    for (const metadata of [
      { tenant: { id: marker } },
      { tenant: null },
      { tenant: {} },
      { tenant: [] },
      null,
      [],
      7,
    ]) {
      const answer = await publish({ ...event, metadata });
      expect([403, 422], answer.body).toContain(answer.statusCode);
      expect(answer.body).not.toContain(marker);
    }
    const answer = await publish({ ...cloud, tenantid: marker, data: {} }, 'application/cloudevents+json');
    expect(answer.statusCode, answer.body).toBe(403);
    expect((await publish({ ...event, metadata: { tenant: { id: 'acme' } } })).statusCode).toBe(201);

    const { events } = await serving.store.readLast(100);
    expect(new Set(events.map(({ tenant }) => tenant))).toEqual(new Set(['acme', 'umbrella']));
  });

  test('a live stream carries nothing of another tenant, neither an event nor a sign of one', async () => {
    for (const path of ['/api/v1/events/stream', `/api/v1/devices/${device}/events/stream`]) {
      const answer = await fetch(`${await listening()}${path}`, { headers });
      const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
      const foreign = Array.from({ length: 50 }, (_, index) => ({ ...eventOf('umbrella', index + 1) }));
      await serving.store.ofTenant('umbrella').publishBatch(foreign);
      await publish({ event_type: 'device.heartbeat', device_uuid: device, data: { status: 'last of acme' } });
      let text = '';
      while (!text.includes('last of acme')) {
        const { value } = await reader.read();
        text += Buffer.from(value ?? []).toString();
      }
      await reader.cancel();

      expect(text).not.toContain(marker);
      expect(text.match(/^data: /gm), text).toHaveLength(1);
      expect(text).not.toMatch(/"(log|position|tier_position|checksum)":/);
    }
  });

  test('neither does a socket', async () => {
    for (const path of ['/api/v1/events/ws', `/api/v1/devices/${device}/events/ws`]) {
      const socket = new WebSocket(`${await listening()}${path}`.replace('http', 'ws'), { headers });
      const messages: string[] = [];
      socket.on('message', (data: Buffer) => messages.push(data.toString()));
      await once(socket, 'open');
      const foreign = Array.from({ length: 50 }, (_, index) => eventOf('umbrella', index + 1));
      await serving.store.ofTenant('umbrella').publishBatch(foreign);
      await publish({ event_type: 'device.heartbeat', device_uuid: device, data: { status: 'last of acme' } });
      await expect.poll(() => messages.some((text) => text.includes('last of acme')), { timeout: 10_000 }).toBe(true);
      socket.terminate();

      const events = messages.filter((text) => text.includes('"type":"event"'));
      expect(events, path).toHaveLength(1);
      expect(messages.join('\n')).not.toContain(marker);
      expect(events[0]).not.toMatch(/"(log|position|tier_position|checksum)":/);
    }
  });
});

function propertiesOf(route: Route): object {
  return route.shape.query === undefined ? {} : (Reflect.get(route.shape.query, 'properties') ?? {});
}
