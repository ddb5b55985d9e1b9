/** Reads the claims of a token that is believed already: who it is, what it may do, and what it is confined to. */
import { TelltaleError } from '@telltale/catalogue';
import { type Role, roles } from '@telltale/protocol';
import type { JWTPayload } from 'jose';
import type { IdentityOptions } from '../option.ts';
import type { Identity } from './identity.ts';

/** As many characters as metadata takes for an actor's or a tenant's id. */
const longestId = 255;
const uuidPattern = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/;

/** Every tenant there is; for admins alone. */
const allTenants = '*';

/** @throws Unauthenticated, Forbidden */
export function readClaims(payload: JWTPayload, { singleTenant = false }: IdentityOptions): Identity {
  const { sub, exp, name, device } = payload as Record<string, unknown>;
  if (!isId(sub)) throw new TelltaleError('Unauthenticated', `sub: expected 1 to ${longestId} characters`);
  const held = readRoles(payload['roles']);
  return {
    subject: sub,
    name: typeof name === 'string' ? name : null,
    roles: held,
    tenant: readTenant(payload['tenant'], held, singleTenant),
    device: held.includes('device') ? readDevice(device) : null,
    expires: exp as number,
  };
}

/** Roles that there are; others may mean something to somebody else. A device is nothing but a device. */
function readRoles(claim: unknown): readonly Role[] {
  const held: readonly unknown[] = Array.isArray(claim) ? claim : [];
  return held.includes('device') ? ['device'] : roles.filter((role) => held.includes(role));
}

function readTenant(claim: unknown, held: readonly Role[], singleTenant: boolean): string | null {
  if (claim === undefined || claim === null) {
    if (singleTenant) return null;
    throw new TelltaleError('Forbidden', 'tenant: expected a token of a tenant (found: none)');
  }
  if (claim === allTenants) {
    if (held.includes('admin')) return null;
    throw new TelltaleError('Forbidden', 'tenant: expected a tenant by its id; only an admin may have all (found: *)');
  }
  if (isId(claim)) return claim;
  throw new TelltaleError('Forbidden', `tenant: expected 1 to ${longestId} characters (found: another claim)`);
}

function readDevice(claim: unknown): string {
  const uuid = typeof claim === 'string' ? claim.toLowerCase() : '';
  if (uuidPattern.test(uuid)) return uuid;
  throw new TelltaleError('Forbidden', 'device: expected the uuid of the device that the token is for (found: none)');
}

/** Text that PostgreSQL and JSON can hold. */
function isId(claim: unknown): claim is string {
  if (typeof claim !== 'string' || claim.length < 1 || claim.length > longestId) return false;
  // Control characters, and halves of surrogate pairs.
  return !/[\p{Cc}\p{Cs}]/u.test(claim);
}
