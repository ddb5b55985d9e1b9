/** The wire: routes, shapes, roles and problems, declared once for both ends. */
export * from './action.ts';
export { type CallInput, type Calls, createClient, type PublishOptions, type TelltaleClient } from './client/client.ts';
export type { Followed, FollowOptions } from './client/follow.ts';
export type { ClientOptions } from './client/option.ts';
export { isBinary, readBinary } from './cloud-event/binary.ts';
export { fromEvent } from './cloud-event/from-event.ts';
export { type CloudEventReading, toEvent } from './cloud-event/to-event.ts';
export { makeAsyncApi } from './document/asyncapi.ts';
export { makeOpenApi } from './document/openapi.ts';
export { pageFiles } from './route/document.ts';
export { mediaTypes } from './route/publish.ts';
export type { Body, Params, Query, Reply, Route, Shape } from './route/route.ts';
export { allRoutes, routes } from './route/table.ts';
export { type CloudEvent, cloudEvent } from './shape/cloud-event.ts';
export * from './shape/event.ts';
export * from './shape/problem.ts';
