/** Who the caller is, as the server understands the token. */
import { Type } from 'typebox';
import { actions, roles } from '../action.ts';
import { uuid } from '../shape/event.ts';
import { route } from './route.ts';

export const getIdentity = route({
  name: 'getIdentity',
  method: 'GET',
  path: '/api/v1/identity',
  noun: 'identity',
  summary: 'Who the token says that the caller is, and what it may do.',
  action: 'identity.read',
  shape: {
    reply: Type.Object(
      {
        subject: Type.String(),
        name: Type.Union([Type.String(), Type.Null()]),
        roles: Type.Array(Type.Enum([...roles])),
        tenant: Type.Union([Type.String(), Type.Null()], { description: 'null: all tenants' }),
        device: Type.Union([uuid, Type.Null()]),
        actions: Type.Array(Type.Enum(Object.keys(actions))),
      },
      { title: 'Identity' },
    ),
  },
});
