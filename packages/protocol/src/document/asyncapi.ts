/** The AsyncAPI 3 document: the live streams, and every event type that they carry. */
import { catalogue, type EventType } from '@telltale/catalogue';
import type { Route } from '../route/route.ts';
import { allRoutes } from '../route/table.ts';
import { cloudEvent } from '../shape/cloud-event.ts';
import { event } from '../shape/event.ts';
import { Components, type Json } from './component.ts';

export function makeAsyncApi(version: string): Json {
  const components = new Components();
  const streams = allRoutes.filter((route) => route.live !== undefined);
  const types = Object.fromEntries(catalogue.map((type) => [type.name, messageOf(type, components)]));
  const lines = { ...types, ...others(components) };
  const sockets = frames(components);
  const messages = { ...lines, ...sockets };
  const namesOf = ({ live }: Route): string[] => Object.keys(live === 'websocket' ? sockets : lines);
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Telltale',
      version,
      description:
        'Events as they are recorded, by Server-Sent Events or WebSocket. Over Server-Sent Events, `id:` is a cursor: ' +
        'whoever comes back with it as `Last-Event-ID` or `?after=` misses nothing and gets nothing twice.',
      license: { name: 'MIT' },
    },
    defaultContentType: 'application/json',
    channels: Object.fromEntries(streams.map((route) => [route.name, channelOf(route, components, namesOf(route))])),
    operations: Object.fromEntries(streams.map((route) => [route.name, operationOf(route)])),
    components: { schemas: components.sorted(), messages },
  };
}

function messageOf(type: EventType, components: Components): Json {
  return {
    name: type.name,
    title: type.name,
    summary: type.description,
    contentType: 'application/json',
    tags: [{ name: type.category }],
    payload: {
      allOf: [
        components.refer(event),
        {
          type: 'object',
          properties: { event_type: { const: type.name }, data: plainSchema(type.schema) },
          required: ['event_type', 'data'],
        },
      ],
    },
  };
}

/** The schema of data as it is: a name of its own would be taken for one of ours. */
function plainSchema(schema: object): Json {
  return JSON.parse(JSON.stringify(schema)) as Json;
}

const gapPayload = {
  type: 'object',
  properties: {
    reason: {
      enum: ['expired', 'cursor_ahead'],
      description:
        'expired: retention dropped them first; cursor_ahead: the database was restored to before the cursor',
    },
    tier: { type: 'string' },
  },
  required: ['reason'],
};

const message = (name: string, title: string, payload: Json): Json => ({
  [name]: { name, title, contentType: 'application/json', payload },
});

/** Over Server-Sent Events, beside those of the catalogue. */
function others(components: Components): Json {
  return {
    ...message('registered', 'An event of a type that was registered at run time', components.refer(event)),
    ...message('gap', 'Something that could not be delivered, and why', gapPayload),
  };
}

const frame = (type: string, more: Json): Json => ({
  type: 'object',
  properties: { type: { const: type }, cursor: { type: 'string' }, ...more },
  required: ['type', ...Object.keys(more)],
});

/** Over WebSocket, where a message has no name and no id of its own; with the subprotocol `cloudevents.json`, CloudEvents. */
function frames(components: Components): Json {
  return {
    ...message('eventFrame', 'An event, and the cursor behind it', frame('event', { event: components.refer(event) })),
    ...message('gapFrame', 'Something that could not be delivered, and why', frame('gap', { gap: gapPayload })),
    ...message('heartbeatFrame', 'A sign of life, and where the stream stands', frame('heartbeat', {})),
    ...message('cloudEvent', 'An event as a CloudEvent, with its cursor', components.refer(cloudEvent)),
  };
}

function channelOf(route: Route, components: Components, messages: readonly string[]): Json {
  const isSocket = route.live === 'websocket';
  const names = [...route.path.matchAll(/:(\w+)/g)].map(([, name]) => name as string);
  return {
    address: route.path.replaceAll(/:(\w+)/g, '{$1}'),
    title: route.summary,
    ...(route.description !== undefined && { description: route.description }),
    ...(names.length > 0 && {
      parameters: Object.fromEntries(names.map((name) => [name, { description: 'UUID of the device' }])),
    }),
    messages: Object.fromEntries(messages.map((name) => [name, { $ref: `#/components/messages/${name}` }])),
    bindings: isSocket ? { ws: { method: 'GET', query: components.refer(route.shape.query as object) } } : { http: {} },
  };
}

function operationOf(route: Route): Json {
  return {
    action: 'send',
    channel: { $ref: `#/channels/${route.name}` },
    summary: route.summary,
    ...(route.live === 'sse' && {
      bindings: { http: { method: 'GET', query: JSON.parse(JSON.stringify(route.shape.query)) as Json } },
    }),
  };
}
