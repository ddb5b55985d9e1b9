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

const status = Type.Enum(['ok', 'failed']);

export const getReadiness = route({
  name: 'getReadiness',
  method: 'GET',
  path: '/readyz',
  noun: 'health',
  summary: 'Whether the server does its work: 200, or 503 with the checks that failed.',
  description:
    'Checks: `database` answers, `schema` fits this version, `worker` keeps the index and the inbox up with the log, ' +
    '`live` keeps the streams up with it, `lifecycle`: the server is not stopping.',
  action: 'public.read',
  open: true,
  shape: {
    reply: Type.Object(
      {
        status,
        checks: Type.Record(Type.String(), Type.Object({ status, detail: Type.Optional(Type.String()) })),
      },
      { title: 'Readiness' },
    ),
  },
});
