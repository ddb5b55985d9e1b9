/** Live streams: of one device and of the fleet, as Server-Sent Events and over WebSocket. */
import { Type } from 'typebox';
import { cursor, event, uuid } from '../shape/event.ts';
import { route } from './route.ts';

/** Events that a stream may begin with. */
const mostLast = 1000;

const query = Type.Object(
  {
    filter: Type.Optional(Type.String({ description: "Telltale's filter grammar", maxLength: 8192 })),
    after: Type.Optional(cursor),
    last: Type.Optional(
      Type.Integer({ minimum: 0, maximum: mostLast, description: 'begin with so many of the newest events' }),
    ),
    ticket: Type.Optional(Type.String({ description: 'instead of a token, for browsers', maxLength: 4096 })),
  },
  { additionalProperties: false },
);
const headers = Type.Object({ 'last-event-id': Type.Optional(cursor) });
const device = Type.Object({ uuid });

const resumes =
  'Resumes behind `Last-Event-ID`, else behind `after`, with nothing lost and nothing twice; without either it begins ' +
  'now, after the `last` events. What cannot be delivered is told as a gap with its reason.';

export const followDevice = route({
  name: 'followDevice',
  method: 'GET',
  path: '/api/v1/devices/:uuid/events/stream',
  noun: 'stream',
  summary: 'Follow the events of one device as Server-Sent Events.',
  description: resumes,
  action: 'device.follow',
  produces: ['text/event-stream'],
  live: 'sse',
  shape: { params: device, query, headers, reply: event },
});

export const followDeviceSocket = route({
  name: 'followDeviceSocket',
  method: 'GET',
  path: '/api/v1/devices/:uuid/events/ws',
  noun: 'stream',
  summary: 'Follow the events of one device over WebSocket.',
  description: resumes,
  action: 'device.follow',
  live: 'websocket',
  shape: { params: device, query, reply: event },
});

export const followEvents = route({
  name: 'followEvents',
  method: 'GET',
  path: '/api/v1/events/stream',
  noun: 'stream',
  summary: 'Follow the events of the whole fleet that pass a filter as Server-Sent Events.',
  description: resumes,
  action: 'events.follow',
  produces: ['text/event-stream'],
  live: 'sse',
  shape: { query, headers, reply: event },
});

export const followEventsSocket = route({
  name: 'followEventsSocket',
  method: 'GET',
  path: '/api/v1/events/ws',
  noun: 'stream',
  summary: 'Follow the events of the whole fleet that pass a filter over WebSocket.',
  description: resumes,
  action: 'events.follow',
  live: 'websocket',
  shape: { query, reply: event },
});
