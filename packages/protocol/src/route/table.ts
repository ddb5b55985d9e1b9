/** All routes there are. */
import { getAggregateEvents } from './aggregate.ts';
import {
  getEventCorrelations,
  getEventDifference,
  getEventHourlyDistribution,
  getMostActiveDevices,
  getStats,
} from './analytics.ts';
import {
  aggregateByPeriod,
  compareStates,
  createSnapshot,
  getDeviceHealthTrends,
  getDeviceSummary,
  getDeviceTimeline,
  replayEvents,
} from './device.ts';
import { getAsyncApi, getDocs, getDocsFile, getOpenApi } from './document.ts';
import { fullTextSearch, getEvent, getEventChain, verifyEvent } from './event.ts';
import { describeEventTypes, getEventType, registerEventType } from './event-type.ts';
import { getLiveness, getReadiness } from './health.ts';
import { getIdentity } from './identity.ts';
import { followDevice, followDeviceSocket, followEvents, followEventsSocket } from './live.ts';
import { readAll } from './log.ts';
import { readMetrics } from './metric.ts';
import { publishEvents } from './publish.ts';
import type { Route } from './route.ts';
import { searchByCriteria, searchEvents } from './search.ts';
import { subscriptionLag } from './subscription.ts';
import { issueTicket } from './ticket.ts';

export const routes = {
  publishEvents,
  searchEvents,
  searchByCriteria,
  fullTextSearch,
  getEvent,
  getEventChain,
  verifyEvent,
  readAll,
  getDeviceTimeline,
  getDeviceSummary,
  aggregateByPeriod,
  getDeviceHealthTrends,
  createSnapshot,
  compareStates,
  replayEvents,
  getAggregateEvents,
  getStats,
  getMostActiveDevices,
  getEventHourlyDistribution,
  getEventCorrelations,
  getEventDifference,
  describeEventTypes,
  getEventType,
  registerEventType,
  subscriptionLag,
  getIdentity,
  issueTicket,
  followDevice,
  followDeviceSocket,
  followEvents,
  followEventsSocket,
  getLiveness,
  getReadiness,
  readMetrics,
  getOpenApi,
  getAsyncApi,
  getDocs,
  getDocsFile,
} as const;

export const allRoutes: readonly Route[] = Object.values(routes);
