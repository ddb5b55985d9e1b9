/** Tickets for live streams, in place of a token. */
import { Type } from 'typebox';
import { instant } from '../shape/event.ts';
import { route } from './route.ts';

export const issueTicket = route({
  name: 'issueTicket',
  method: 'POST',
  path: '/api/v1/tickets',
  noun: 'ticket',
  summary: 'A ticket for one live stream, good once and for 30 seconds.',
  description:
    'Browsers set no headers on EventSource and WebSocket: there the ticket goes into the address as `?ticket=`. It is ' +
    'bound to the path that it was issued for, and does what the token may do that it was issued for.',
  action: 'tickets.issue',
  status: 201,
  shape: {
    body: Type.Object(
      { path: Type.String({ minLength: 1, maxLength: 200, description: 'of a live stream, without its query' }) },
      { additionalProperties: false },
    ),
    reply: Type.Object({ ticket: Type.String(), expires_at: instant }, { title: 'Ticket' }),
  },
});
