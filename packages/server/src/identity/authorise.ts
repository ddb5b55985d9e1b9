/** Whether a caller may do what a route does: by role, by tenant, and for a device by the device that it is. */
import { TelltaleError } from '@telltale/catalogue';
import { isAllowed, type Route } from '@telltale/protocol';
import type { Identity } from './identity.ts';

/** What stands in a path's `:name` places. */
type Params = Readonly<Record<string, string | undefined>>;

/** @throws Forbidden */
export function authorise(identity: Identity, { action, name, allTenants = false }: Route, params: Params): void {
  if (!isAllowed(identity.roles, action)) {
    const held = identity.roles.join(', ') || 'none';
    throw new TelltaleError('Forbidden', `${name}: expected a role that may ${action} (found: ${held})`);
  }
  if (allTenants && identity.tenant !== null) {
    throw new TelltaleError('Forbidden', `${name}: expected a token of all tenants (found: one of a single tenant)`);
  }
  if (identity.device === null || !action.startsWith('device.')) return;
  if (params['uuid']?.toLowerCase() === identity.device) return;
  throw new TelltaleError('Forbidden', `${name}: expected the device that the token is for (found: another)`);
}
