/** Says who the caller is. */
import { type Action, actions, isAllowed, routes } from '@telltale/protocol';
import { type Mount, serve } from '../serve.ts';

export function serveIdentity(mount: Mount): void {
  serve(mount, routes.getIdentity, async ({ identity: { subject, name, roles, tenant, device } }) => ({
    subject,
    name,
    roles: [...roles],
    tenant,
    device,
    actions: (Object.keys(actions) as Action[]).filter((action) => isAllowed(roles, action)),
  }));
}
