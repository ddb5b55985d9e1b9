/** Believes a bearer token, or says why not. */
import { createSecretKey } from 'node:crypto';
import { TelltaleError } from '@telltale/catalogue';
import { errors, type JWTVerifyGetKey, type JWTVerifyOptions, jwtVerify } from 'jose';
import type { IdentityOptions, ServerOptions } from '../option.ts';
import { readClaims } from './claim.ts';
import type { Identity } from './identity.ts';
import { openKeySet } from './key-set.ts';

/** Seconds. */
const defaultSkew = 30;
/** What tokens say they are: nothing, a JWT, or an access token of RFC 9068. A ticket is none of them. */
const tokenTypes: readonly unknown[] = [undefined, 'jwt', 'at+jwt', 'application/jwt', 'application/at+jwt'];

export class TokenReader {
  readonly #keyOf: JWTVerifyGetKey;
  readonly #options: IdentityOptions;
  readonly #verify: JWTVerifyOptions;

  constructor({ secret, identity = {} }: Pick<ServerOptions, 'secret' | 'identity'>) {
    const { jwks, issuer, audience, clockSkew = defaultSkew } = identity;
    const key = createSecretKey(Buffer.from(secret));
    this.#keyOf = jwks === undefined ? () => key : openKeySet(jwks);
    this.#options = identity;
    this.#verify = {
      // Never both: a public key is no secret, and would do as one for HS256.
      algorithms: jwks === undefined ? ['HS256'] : ['RS256', 'ES256', 'EdDSA'],
      clockTolerance: clockSkew,
      requiredClaims: ['sub', 'exp'],
      ...(issuer !== undefined && { issuer }),
      ...(audience !== undefined && { audience }),
    };
  }

  /** @throws Unauthenticated for a token that is not to be believed, Forbidden for one without tenant or device. */
  async read(token: string): Promise<Identity> {
    const { payload, protectedHeader } = await jwtVerify(token, this.#keyOf, this.#verify).catch(refuse);
    const type: unknown = protectedHeader.typ;
    if (!tokenTypes.includes(typeof type === 'string' ? type.toLowerCase() : type))
      throw unauthenticated('of type JWT', 'of another type');
    return readClaims(payload, this.#options);
  }
}

function refuse(error: unknown): never {
  if (error instanceof TelltaleError) throw error;
  if (error instanceof errors.JWTExpired) throw unauthenticated('that has not expired', 'an expired one', error);
  if (error instanceof errors.JWTClaimValidationFailed) {
    throw unauthenticated(`whose claim ${error.claim} fits`, error.reason === 'missing' ? 'none' : 'another', error);
  }
  throw unauthenticated('that is signed with a key and an algorithm of this server', 'another', error);
}

function unauthenticated(expected: string, found: string, cause?: unknown): TelltaleError {
  return new TelltaleError('Unauthenticated', `token: expected one ${expected} (found: ${found})`, {}, { cause });
}
