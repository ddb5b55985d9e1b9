/** Makes the tokens of a server that checks HS256 with its own secret. */
import { TelltaleError } from '@telltale/catalogue';
import { type Role, roles } from '@telltale/protocol';
import { SignJWT } from 'jose';
import type { Identity } from './identity.ts';

export interface TokenOptions {
  /** Seconds until it expires. Default: an hour. */
  readonly seconds?: number;
  readonly issuer?: string;
  readonly audience?: string;
}

/** The claims of docs/guide/identity.md. @throws InvalidArgument for a role that there is not, or a device's token without one. */
export async function issueToken(
  secret: string,
  identity: Pick<Identity, 'subject' | 'roles'> & Partial<Pick<Identity, 'name' | 'tenant' | 'device'>>,
  { seconds = 3600, issuer, audience }: TokenOptions = {},
): Promise<string> {
  const { subject, roles: held, name, tenant, device } = identity;
  const other = held.find((role: Role) => !roles.includes(role));
  if (other !== undefined || held.length === 0) {
    throw new TelltaleError(
      'InvalidArgument',
      `roles: expected some of ${roles.join(', ')} (found: ${other ?? 'none'})`,
    );
  }
  if (held.includes('device') && device == null)
    throw new TelltaleError('InvalidArgument', 'device: expected the uuid of the device that the token is for');
  const claims = { roles: held, ...(name && { name }), ...(tenant && { tenant }), ...(device && { device }) };
  const token = new SignJWT(claims).setProtectedHeader({ alg: 'HS256', typ: 'JWT' }).setSubject(subject).setIssuedAt();
  if (issuer !== undefined) token.setIssuer(issuer);
  if (audience !== undefined) token.setAudience(audience);
  return token.setExpirationTime(Math.floor(Date.now() / 1000) + seconds).sign(new TextEncoder().encode(secret));
}
