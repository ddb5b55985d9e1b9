/** All routes there are. */
import { getLiveness } from './health.ts';
import { publishEvents } from './publish.ts';
import type { Route } from './route.ts';
import { searchEvents } from './search.ts';

export const routes = { publishEvents, searchEvents, getLiveness } as const;

export const allRoutes: readonly Route[] = Object.values(routes);
