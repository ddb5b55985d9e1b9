/** The wire: routes, shapes, roles and problems, declared once for both ends. */
export * from './action.ts';
export { mediaTypes } from './route/publish.ts';
export type { Body, Params, Query, Reply, Route, Shape } from './route/route.ts';
export { allRoutes, routes } from './route/table.ts';
export * from './shape/event.ts';
export * from './shape/problem.ts';
