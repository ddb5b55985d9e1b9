/** Tickets: for one path, for one use over all processes, for half a minute. */
import { randomUUID } from 'node:crypto';
import { EventStore } from '@telltale/store';
import type { LightMyRequestResponse } from 'fastify';
import { expect, test, vi } from 'vitest';
import { TicketOffice } from '../../src/identity/ticket.ts';
import { openServer } from '../../src/index.ts';
import { openServing, type Serving } from '../serving.ts';

const device = randomUUID();
const path = `/api/v1/devices/${device}/events/stream`;

async function issue({ app, token }: Serving, claims = {}, of = path): Promise<LightMyRequestResponse> {
  const headers = { authorization: `Bearer ${await token(claims)}` };
  return app.inject({ method: 'POST', url: '/api/v1/tickets', headers, payload: { path: of } });
}

async function ticketOf(serving: Serving, claims = {}, of = path): Promise<string> {
  return (await issue(serving, claims, of)).json().ticket;
}

/** A stream that is let in is told that its cursor is none (400), instead of going on for ever. */
async function use({ app }: Pick<Serving, 'app'>, ticket: string, of = path, headers = {}): Promise<number> {
  return (await app.inject({ url: `${of}?ticket=${ticket}&after=none`, headers })).statusCode;
}

test('a ticket opens the stream that it was issued for, once', async () => {
  const serving = await openServing('ticket');
  const ticket = await ticketOf(serving);

  expect(await use(serving, ticket)).toBe(400);
  expect(await use(serving, ticket)).toBe(401);
});

test('of many that use a ticket at the same moment in two processes, one gets in', async () => {
  const serving = await openServing('ticket race');
  const store = new EventStore({ connection: serving.url, role: 'telltale_application', worker: false });
  const offices = [
    new TicketOffice({ secret: serving.secret, store: serving.store }),
    new TicketOffice({ secret: serving.secret, store }),
  ];
  const ticket = await ticketOf(serving);

  const uses = await Promise.allSettled(
    Array.from({ length: 40 }, (_, at) => (offices[at % 2] as TicketOffice).take(ticket, path)),
  );
  await store.close();

  expect(uses.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  for (const one of uses) if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'Unauthenticated' });
});

test('a ticket is for its path alone, and is not used up by a wrong one', async () => {
  const serving = await openServing('ticket path');
  const ticket = await ticketOf(serving);

  for (const other of [
    '/api/v1/events/stream',
    `/api/v1/devices/${device}/events/ws`,
    `/api/v1/devices/${randomUUID()}/events/stream`,
  ]) {
    expect(await use(serving, ticket, other), other).toBe(401);
  }
  expect(await use(serving, ticket)).toBe(400);
});

test('a ticket is good for 30 seconds', async () => {
  const serving = await openServing('ticket time');
  vi.useFakeTimers({ toFake: ['Date'] });
  try {
    const [early, late] = [await issue(serving), await issue(serving)].map((answer) => answer.json());
    const begin = Date.now();
    expect(Date.parse(early.expires_at) - begin).toBeGreaterThan(28_000);
    expect(Date.parse(early.expires_at) - begin).toBeLessThanOrEqual(30_000);

    vi.setSystemTime(begin + 28_000);
    expect(await use(serving, early.ticket)).toBe(400);
    vi.setSystemTime(begin + 33_000);
    expect(await use(serving, late.ticket)).toBe(401);
  } finally {
    vi.useRealTimers();
  }
});

test('a ticket is no token, a token is no ticket, and other routes take none', async () => {
  const serving = await openServing('ticket or token');
  const [ticket, token] = [await ticketOf(serving), await serving.token()];
  const { app } = serving;

  expect((await app.inject({ url: '/api/v1/events', headers: { authorization: `Bearer ${ticket}` } })).statusCode).toBe(
    401,
  );
  expect(await use(serving, ticket, path, { authorization: `Bearer ${ticket}` })).toBe(401);
  expect(await use(serving, token)).toBe(401);
  expect((await app.inject({ url: `/api/v1/events?ticket=${ticket}` })).statusCode).toBe(401);
  expect((await app.inject({ url: `/api/v1/identity?ticket=${ticket}` })).statusCode).toBe(401);
  for (const wrong of ['', 'x', '..', `${ticket}x`, ticket.slice(0, -3), `${ticket}&ticket=${ticket}`])
    expect(await use(serving, wrong), wrong).toBe(401);
  expect(await use(serving, ticket)).toBe(400);
});

test('a ticket is issued for live streams that the token may follow, and for nothing else', async () => {
  const serving = await openServing('ticket scope');
  const as = { roles: ['device'], device };

  for (const other of [
    '/api/v1/events',
    '/api/v1/events/stream?filter=x',
    '/',
    'x',
    `${path}/`,
    '/api/v1/devices//events/ws',
  ])
    expect((await issue(serving, {}, other)).statusCode, other).toBe(400);
  expect((await issue(serving, as)).statusCode).toBe(201);
  expect((await issue(serving, as, `/api/v1/devices/${randomUUID()}/events/ws`)).statusCode).toBe(403);
  expect((await issue(serving, as, '/api/v1/events/stream')).statusCode).toBe(403);
  expect((await issue(serving, { roles: [] })).statusCode).toBe(403);
});

test('a ticket says no more of who holds it than the token did', async () => {
  const serving = await openServing('ticket identity');
  const office = new TicketOffice(serving);

  expect(await office.take(await ticketOf(serving, { roles: ['viewer'], tenant: 'umbrella' }), path)).toEqual({
    subject: 'anna',
    name: null,
    roles: ['viewer'],
    tenant: 'umbrella',
    device: null,
    expires: expect.any(Number),
  });
});

test('the ticket of a server with another secret is refused', async () => {
  const serving = await openServing('ticket secret');
  const app = await openServer({ store: serving.store, secret: 'another secret, at least as long', audit: false });
  const status = await use({ app }, await ticketOf(serving));
  await app.close();

  expect(status).toBe(401);
});

test('spent tickets are forgotten an hour behind their end', async () => {
  const { store } = await openServing('ticket thinned');
  const old = randomUUID();
  await store.spendTicket(old, new Date(Date.now() - 3_700_000));
  const young = randomUUID();
  await store.spendTicket(young, new Date(Date.now() - 3_000_000));

  await store.keepHouse();

  expect([await store.spendTicket(old, new Date()), await store.spendTicket(young, new Date())]).toEqual([true, false]);
});
