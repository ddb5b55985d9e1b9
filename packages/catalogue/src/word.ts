/** The closed word lists of the language. Their order is their number in the database and must never change. */

/** Retention tiers, most lasting first; the index is the tier's number in SQL. */
export const tiers = ['critical', 'important', 'standard', 'debug'] as const;
export type Tier = (typeof tiers)[number];

/** Severities, mildest first; the index is the severity's number in SQL, so `severity >= n` is an order. */
export const severities = ['debug', 'info', 'warning', 'error', 'critical'] as const;
export type Severity = (typeof severities)[number];

export const impacts = ['low', 'medium', 'high'] as const;
export type Impact = (typeof impacts)[number];

export const outcomes = ['success', 'failure', 'unknown'] as const;
export type Outcome = (typeof outcomes)[number];

export const actorTypes = ['user', 'device', 'system', 'api', 'scheduled_job'] as const;
export type ActorType = (typeof actorTypes)[number];

/** What an event type is about, for grouping in pages and facets. */
export const categories = [
  'lifecycle',
  'state',
  'operation',
  'job',
  'connectivity',
  'monitoring',
  'sensor',
  'security',
  'data',
  'audit',
] as const;
export type Category = (typeof categories)[number];
