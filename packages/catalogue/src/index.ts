/** The language of Telltale: envelope, event types, state fold and error table. */
export * from './aggregate.ts';
export * from './catalogue.ts';
export * from './envelope.ts';
export * from './event-type.ts';
export * from './failure.ts';
export * from './fold.ts';
export * from './health.ts';
export * from './nearest.ts';
export * from './pointer.ts';
export * from './summary.ts';
export * from './word.ts';
