/** What Prometheus scrapes. */
import { Type } from 'typebox';
import { route } from './route.ts';

export const readMetrics = route({
  name: 'readMetrics',
  method: 'GET',
  path: '/metrics',
  noun: 'health',
  summary: 'Metrics of this process and its database, in the text format of Prometheus.',
  description: 'They tell of all tenants, so the token must be one of all tenants.',
  action: 'metrics.read',
  allTenants: true,
  produces: ['text/plain'],
  shape: { reply: Type.String() },
});
