/** The AsyncAPI 3 document: the live streams, and every event type that they carry. */
import { catalogue, type EventType } from '@telltale/catalogue';
import { gap } from '../route/log.ts';
import type { Route } from '../route/route.ts';
import { allRoutes } from '../route/table.ts';
import { event } from '../shape/event.ts';
import { Components, type Json } from './component.ts';

export function makeAsyncApi(version: string): Json {
  const components = new Components();
  const streams = allRoutes.filter((route) => route.live !== undefined);
  const messages = {
    ...Object.fromEntries(catalogue.map((type) => [type.name, messageOf(type, components)])),
    ...more(components),
  };
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
    channels: Object.fromEntries(
      streams.map((route) => [route.name, channelOf(route, components, Object.keys(messages))]),
    ),
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

function more(components: Components): Json {
  return {
    registered: {
      name: 'registered',
      title: 'An event of a type that was registered at run time',
      contentType: 'application/json',
      payload: components.refer(event),
    },
    gap: {
      name: 'gap',
      title: 'Something that could not be delivered, and why',
      contentType: 'application/json',
      payload: {
        type: 'object',
        properties: { reason: { type: 'string' }, gaps: { type: 'array', items: components.refer(gap) } },
        required: ['reason'],
      },
    },
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
