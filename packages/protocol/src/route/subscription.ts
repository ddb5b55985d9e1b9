/** Durable readers of the log, and how far they are behind. */
import { Type } from 'typebox';
import { instant } from '../shape/event.ts';
import { count, queryOf } from '../shape/page.ts';
import { route } from './route.ts';

export const subscriptionLag = route({
  name: 'subscriptionLag',
  method: 'GET',
  path: '/api/v1/subscriptions',
  noun: 'subscription',
  summary: 'How far every subscription is behind.',
  description: 'It counts the events of all tenants, so the token must not be confined to one.',
  action: 'subscriptions.read',
  allTenants: true,
  shape: {
    query: queryOf({}),
    reply: Type.Object({
      subscriptions: Type.Array(
        Type.Object({ name: Type.String(), events: count, checkpointAt: instant }, { title: 'SubscriptionLag' }),
      ),
    }),
  },
});
