/** All routes there are. */
import { getLiveness, getReadiness } from './health.ts';
import { followDevice, followDeviceSocket, followEvents, followEventsSocket } from './live.ts';
import { readMetrics } from './metric.ts';
import { publishEvents } from './publish.ts';
import type { Route } from './route.ts';
import { searchEvents } from './search.ts';

export const routes = {
  publishEvents,
  searchEvents,
  followDevice,
  followDeviceSocket,
  followEvents,
  followEventsSocket,
  getLiveness,
  getReadiness,
  readMetrics,
} as const;

export const allRoutes: readonly Route[] = Object.values(routes);
