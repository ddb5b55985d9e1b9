/** Believes a bearer token, or says why not. */
import { TelltaleError } from '@telltale/catalogue';
import { type Role, roles } from '@telltale/protocol';
import { type JWTPayload, jwtVerify } from 'jose';
import type { ServerOptions } from '../option.ts';
import type { Identity } from './identity.ts';

export class TokenReader {
  readonly #key: Uint8Array;
  readonly #options: NonNullable<ServerOptions['identity']>;

  constructor({ secret, identity = {} }: ServerOptions) {
    this.#key = new TextEncoder().encode(secret);
    this.#options = identity;
  }

  /** @throws Unauthenticated for a token that is not to be believed, Forbidden for one without tenant or role. */
  async read(token: string): Promise<Identity> {
    const { payload } = await jwtVerify(token, this.#key, {
      algorithms: ['HS256'],
      clockTolerance: this.#options.clockSkew ?? 30,
      requiredClaims: ['sub', 'exp'],
    }).catch((error: unknown) => {
      throw new TelltaleError(
        'Unauthenticated',
        'token: expected one that is signed and current (found: another)',
        {},
        {
          cause: error,
        },
      );
    });
    return this.#identityOf(payload);
  }

  #identityOf(payload: JWTPayload): Identity {
    const held = (Array.isArray(payload['roles']) ? payload['roles'] : []) as Role[];
    const tenant = typeof payload['tenant'] === 'string' ? payload['tenant'] : null;
    if (tenant === null && this.#options.singleTenant !== true)
      throw new TelltaleError('Forbidden', 'tenant: expected a token of a tenant (found: none)');
    return {
      subject: payload.sub as string,
      name: typeof payload['name'] === 'string' ? payload['name'] : null,
      roles: roles.filter((role) => held.includes(role)),
      tenant,
      device: typeof payload['device'] === 'string' ? payload['device'] : null,
    };
  }
}
