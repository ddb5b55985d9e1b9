/** A small history of two devices and a job, and a server over it. */
import { type Route, routes } from '@telltale/protocol';
import type { TenantStore } from '@telltale/store';
import type { InjectOptions, LightMyRequestResponse } from 'fastify';
import { expect } from 'vitest';
import { type Serving, startServing } from '../serving.ts';
import { faultsOf } from './shape.ts';

export const press = '0192f0c1-7a52-7c3e-9b1a-2f6d0f3c8e11';
export const mixer = '0192f0c1-7a52-7c3e-9b1a-2f6d0f3c8e12';
export const correlation = '7b0d4c7e-3f0a-4a51-8f6e-0f4f6f3f1f10';

export interface History extends Serving {
  /** The tenant's part of the store, which the routes are held against. */
  readonly acme: TenantStore;
  readonly ids: readonly string[];
  readonly from: string;
  readonly to: string;
  readonly call: (
    name: keyof typeof routes,
    input?: { params?: Record<string, string>; query?: Record<string, unknown>; body?: object; tenant?: string },
  ) => Promise<LightMyRequestResponse>;
}

/** Minutes ago. */
const ago = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString();

export async function openHistory(url: string): Promise<History & { readonly close: () => Promise<void> }> {
  const serving = await startServing(url);
  const { store, app, token } = serving;
  const acme = store.ofTenant('acme');
  const metadata = { actor: { type: 'user' as const, id: 'operator-3' }, tags: { site: 'lab' } };
  const receipts = await acme.publishBatch([
    { event_type: 'device.online', device_uuid: press, data: {}, timestamp: ago(50), correlation_id: correlation },
    {
      event_type: 'device.alert_triggered',
      device_uuid: press,
      data: { alert_name: 'hot bearing' },
      timestamp: ago(40),
      metadata,
    },
    { event_type: 'device.offline', device_uuid: press, data: { reason: 'power cut' }, timestamp: ago(30) },
    { event_type: 'device.online', device_uuid: mixer, data: {}, timestamp: ago(20) },
  ]);
  const ids = receipts.map((receipt) => receipt.event_id);
  await acme.publishBatch([
    { event_type: 'device.rebooted', device_uuid: press, data: {}, timestamp: ago(10), causation_id: ids[2] as string },
  ]);
  await store.ofTenant('other').publishBatch([{ event_type: 'device.online', device_uuid: press, data: {} }]);
  const call: History['call'] = async (name, { params = {}, query = {}, body, tenant } = {}) => {
    const route: Route = routes[name];
    const path = route.path.replaceAll(/:(\w+)/g, (_, part: string) => encodeURIComponent(params[part] ?? ''));
    const search = new URLSearchParams();
    for (const [key, value] of Object.entries(query)) {
      for (const one of Array.isArray(value) ? value : [value]) search.append(key, String(one));
    }
    const bearer =
      route.open === true ? {} : { authorization: `Bearer ${await token(tenant === undefined ? {} : { tenant })}` };
    const request: InjectOptions = { method: route.method, url: `${path}?${search.toString()}`, headers: bearer };
    return app.inject(body === undefined ? request : { ...request, payload: body });
  };
  return { ...serving, acme, ids, from: ago(60), to: ago(0), call };
}

/** The reply as JSON, which must be of its route's shape. */
export async function replyOf(history: History, ...[name, input]: Parameters<History['call']>): Promise<unknown> {
  const answer = await history.call(name, input);
  const reply: unknown = answer.json();
  expect([answer.statusCode, reply]).toEqual([routes[name].status ?? 200, reply]);
  expect(faultsOf(routes[name], reply)).toEqual([]);
  return reply;
}

/** As JSON has it. */
export const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value)) as unknown;
