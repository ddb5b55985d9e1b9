/** A request to any route there is, made of its declaration: so that no test forgets the route that is added next. */
import { randomUUID } from 'node:crypto';
import type { Route } from '@telltale/protocol';
import type { InjectOptions } from 'fastify';

/** What the requests are about. */
export interface Subject {
  readonly device: string;
  readonly event: string;
  readonly aggregate: { readonly type: string; readonly id: string };
  readonly from: string;
  readonly to: string;
  /** A word of the events' text. */
  readonly word: string;
  readonly eventType: string;
}

/** Queries of routes that need one; every other is asked without. */
const queries: Readonly<Record<string, (subject: Subject) => Record<string, string>>> = {
  fullTextSearch: ({ word }) => ({ query: word }),
  aggregateByPeriod: ({ from, to }) => ({ period: 'hour', from, to, dateFrom: from, dateTo: to }),
  createSnapshot: ({ to }) => ({ at: to }),
  compareStates: ({ from, to }) => ({ from, to }),
  replayEvents: ({ from, to }) => ({ from, to }),
  getEventCorrelations: ({ eventType }) => ({ eventType }),
};

const bodies: Readonly<Record<string, (subject: Subject) => object>> = {
  publishEvents: ({ device }) => ({ event_type: 'device.rebooted', device_uuid: device, data: {} }),
  searchByCriteria: ({ device }) => ({ deviceUuid: device }),
  getEventDifference: ({ eventType }) => ({ selection: { event_types: [eventType] } }),
  registerEventType: () => ({
    name: `custom.made_${randomUUID().slice(0, 8)}`,
    description: 'Made by a test.',
    schema: { type: 'object' },
  }),
  issueTicket: ({ device }) => ({ path: `/api/v1/devices/${device}/events/stream` }),
};

function placeOf(subject: Subject, name: string): string {
  const places: Record<string, string> = {
    uuid: subject.device,
    event_id: subject.event,
    type: subject.aggregate.type,
    id: subject.aggregate.id,
    name: subject.eventType,
    file: 'index.html',
  };
  const place = places[name];
  if (place === undefined) throw new Error(`no test knows what stands for :${name}`);
  return place;
}

export function requestOf(route: Route, subject: Subject, more: Record<string, string> = {}): InjectOptions {
  const asked = queries[route.name]?.(subject) ?? {};
  const query = Object.entries({ ...pick(route, asked), ...pick(route, more) });
  const path = route.path.replaceAll(/:(\w+)/g, (_all, name: string) => placeOf(subject, name));
  const body = bodies[route.name]?.(subject);
  return {
    method: route.method,
    url: query.length === 0 ? path : `${path}?${new URLSearchParams(query).toString()}`,
    ...(body !== undefined && { payload: body }),
  };
}

/** Only what the route's query takes. */
function pick(route: Route, query: Record<string, string>): Record<string, string> {
  const taken: object = route.shape.query === undefined ? {} : (Reflect.get(route.shape.query, 'properties') ?? {});
  return Object.fromEntries(Object.entries(query).filter(([name]) => name in taken));
}
