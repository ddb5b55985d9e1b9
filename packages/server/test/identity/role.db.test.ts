/** Every route there is, asked by every role there is, against the one table of who may do what. */
import { randomUUID } from 'node:crypto';
import { actions, allRoutes, type Role, type Route, roles } from '@telltale/protocol';
import { type FastifyInstance, type LightMyRequestResponse } from 'fastify';
import { expect, test } from 'vitest';
import { openServing, type Serving } from '../serving.ts';
import { requestOf, type Subject } from './question.ts';

const device = randomUUID();
const subject: Subject = {
  device,
  event: randomUUID(),
  aggregate: { type: 'app', id: 'web' },
  from: new Date(Date.now() - 86_400_000).toISOString(),
  to: new Date().toISOString(),
  word: 'valve',
  eventType: 'device.rebooted',
};

/** A live stream never ends; that it is let in is seen by its not being refused with a cursor that is none. */
const askOf = (route: Route, about = subject): ReturnType<typeof requestOf> =>
  requestOf(route, about, route.live === undefined ? {} : { after: 'none' });

const mayCall = (route: Route, role: Role): boolean =>
  route.open === true || (actions[route.action] as readonly Role[]).includes(role);

async function ask(app: FastifyInstance, route: Route, token: string | null, about = subject): Promise<number> {
  const headers = token === null ? {} : { authorization: `Bearer ${token}` };
  const answer: LightMyRequestResponse = await app.inject({ ...askOf(route, about), headers });
  return answer.statusCode;
}

/** Routes whose refusal differs from what is expected. */
async function walk(refusalOf: (route: Route) => 'any' | 401 | 403, token: string | null, app: FastifyInstance) {
  const wrong: string[] = [];
  for (const route of allRoutes) {
    const expected = refusalOf(route);
    const status = await ask(app, route, token);
    const isRight = expected === 'any' ? ![401, 403, 500].includes(status) : status === expected;
    if (!isRight) wrong.push(`${route.name}: ${status} instead of ${expected}`);
  }
  return wrong;
}

const tokenOf = (serving: Serving, role: Role, tenant: string): Promise<string> =>
  serving.token({ roles: [role], tenant, ...(role === 'device' && { device }) });

test('every route answers each role as the table says, and nobody without a token', async () => {
  const serving = await openServing('roles');
  const wrong: Record<string, string[]> = {};

  wrong['nobody'] = await walk((route) => (route.open === true ? 'any' : 401), null, serving.app);
  for (const role of roles) {
    const token = await tokenOf(serving, role, 'acme');
    const refusalOf = (route: Route): 'any' | 403 =>
      mayCall(route, role) && (route.open === true || route.allTenants !== true) ? 'any' : 403;
    wrong[role] = await walk(refusalOf, token, serving.app);
  }
  wrong['no role'] = await walk(
    (route) => (route.open === true ? 'any' : 403),
    await serving.token({ roles: [] }),
    serving.app,
  );
  wrong['admin of all'] = await walk(() => 'any', await tokenOf(serving, 'admin', '*'), serving.app);

  expect(Object.entries(wrong).filter(([, routes]) => routes.length > 0)).toEqual([]);
});

test('no route but those for health and documents is open, and each of the rest does what the table knows', () => {
  const open = allRoutes.filter((route) => route.open === true).map(({ noun }) => noun);

  expect([...new Set(open)].sort()).toEqual(['document', 'health']);
  expect(allRoutes.filter(({ action }) => !(action in actions))).toEqual([]);
  expect(allRoutes.filter(({ action, open: isOpen }) => (action === 'public.read') !== (isOpen === true))).toEqual([]);
});

test('a device reads and follows what is its own, and nothing else', async () => {
  const serving = await openServing('device reads');
  const token = await serving.token({ roles: ['device'], device });
  const other = { ...subject, device: randomUUID() };
  const upper = { ...subject, device: device.toUpperCase() };

  for (const route of allRoutes.filter(({ path }) => path.includes('/devices/'))) {
    expect(await ask(serving.app, route, token), route.name).not.toBe(403);
    expect(await ask(serving.app, route, token, upper), route.name).not.toBe(403);
    expect(await ask(serving.app, route, token, other), route.name).toBe(403);
  }
});

test('every path that a device may read names the device', () => {
  const own = allRoutes.filter(({ action }) => action.startsWith('device.'));

  expect(own.filter(({ path }) => !path.startsWith('/api/v1/devices/:uuid/'))).toEqual([]);
  expect(own.length).toBeGreaterThan(8);
});

test('a device publishes as itself: what does not name it is filled in, what names another is refused', async () => {
  const { app, store, token } = await openServing('device publishes');
  const headers = { authorization: `Bearer ${await token({ roles: ['device'], device })}` };
  const publish = async (event: object, query = ''): Promise<[number, string]> => {
    const answer = await app.inject({ method: 'POST', url: `/api/v1/events${query}`, headers, payload: event });
    return [answer.statusCode, answer.body];
  };
  const event = { event_type: 'device.rebooted', data: {} };
  const other = randomUUID();

  for (const own of [
    event,
    { ...event, device_uuid: device.toUpperCase() },
    { ...event, aggregate_id: device },
    { ...event, metadata: { actor: { type: 'device', id: device } } },
    { ...event, event_type: 'image.removed', aggregate_id: 'web', data: { image: 'web' } },
  ]) {
    const [status, body] = await publish(own);
    expect(status, body).toBe(201);
  }
  for (const foreign of [
    { ...event, device_uuid: other },
    { ...event, metadata: { actor: { type: 'user', id: 'anna' } } },
    { ...event, metadata: { actor: { type: 'device', id: other } } },
    { ...event, metadata: { actor: { type: 'system', id: device } } },
    { ...event, metadata: { tenant: { id: 'umbrella', name: 'umbrella' } } },
    [event, { ...event, device_uuid: other }],
  ]) {
    const [status, body] = await publish(foreign);
    expect(status, body).toBe(403);
  }
  expect((await publish({ ...event, aggregate_id: other }))[0], 'an aggregate that is another device').toBe(422);
  const [, partial] = await publish([event, { ...event, device_uuid: other }], '?partial=true');
  expect(JSON.parse(partial)).toMatchObject({
    receipts: [{ status: 'stored' }, null],
    refused: [{ index: 1, problem: { code: 'Forbidden' } }],
  });

  const { events } = await store.readAll();
  expect(events).toHaveLength(6);
  expect(new Set(events.map(({ device_uuid: of, tenant }) => `${of} ${tenant}`))).toEqual(new Set([`${device} acme`]));
});

test('who calls is told so, with what they may do', async () => {
  const { app, token } = await openServing('identity');
  const headers = { authorization: `Bearer ${await token({ roles: ['auditor'] })}` };

  expect((await app.inject({ url: '/api/v1/identity', headers })).json()).toEqual({
    subject: 'anna',
    name: null,
    roles: ['auditor'],
    tenant: 'acme',
    device: null,
    actions: expect.arrayContaining(['events.read', 'events.verify']),
  });
});

test.each([undefined, '', 'short', 'x'.repeat(31), 7])('a server does not open with the secret %j', async (secret) => {
  const { store } = await openServing('no secret');
  const { openServer } = await import('../../src/index.ts');

  await expect(openServer({ store, secret: secret as string })).rejects.toMatchObject({ code: 'InvalidArgument' });
});
