/** Whether the server lives, and whether it does its work. */
import { Type } from 'typebox';
import { route } from './route.ts';

export const getLiveness = route({
  name: 'getLiveness',
  method: 'GET',
  path: '/livez',
  noun: 'health',
  summary: 'Whether the process answers at all.',
  action: 'public.read',
  open: true,
  shape: { reply: Type.Object({ status: Type.Literal('ok') }) },
});
