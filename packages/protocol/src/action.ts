/** Who may do what: the one table of roles and actions that routes, documents and tests read. */

export const roles = ['viewer', 'operator', 'auditor', 'admin', 'device'] as const;
export type Role = (typeof roles)[number];

/**
 * Action -> the roles that may do it. A device publishes only as itself and reads only what is its own; the server
 * checks that beside this table.
 */
export const actions = {
  /** Health, documents: needs no token. */
  'public.read': ['viewer', 'operator', 'auditor', 'admin', 'device'],
  'events.publish': ['operator', 'admin', 'device'],
  'events.read': ['viewer', 'operator', 'auditor', 'admin'],
  'events.follow': ['viewer', 'operator', 'auditor', 'admin'],
  'device.read': ['viewer', 'operator', 'auditor', 'admin', 'device'],
  'device.follow': ['viewer', 'operator', 'auditor', 'admin', 'device'],
  'events.verify': ['auditor', 'admin'],
  'analytics.read': ['viewer', 'operator', 'auditor', 'admin'],
  'event_types.read': ['viewer', 'operator', 'auditor', 'admin', 'device'],
  'event_types.register': ['admin'],
  'subscriptions.read': ['operator', 'auditor', 'admin'],
  'identity.read': ['viewer', 'operator', 'auditor', 'admin', 'device'],
  'tickets.issue': ['viewer', 'operator', 'auditor', 'admin', 'device'],
  'metrics.read': ['operator', 'auditor', 'admin'],
} as const satisfies Record<string, readonly Role[]>;

export type Action = keyof typeof actions;

/** Whether one of the roles may do it. */
export function isAllowed(held: readonly Role[], action: Action): boolean {
  return (actions[action] as readonly Role[]).some((role) => held.includes(role));
}
