/** The public keys of an issuer of tokens: fetched when needed, fetched again when it rotates them, kept while it is away. */
import { TelltaleError } from '@telltale/catalogue';
import { createRemoteJWKSet, errors, type JWTVerifyGetKey } from 'jose';

/** Milliseconds that an issuer gets to answer. */
const fetchTimeout = 5000;
/** Milliseconds between two fetches for the sake of an unknown key, so that made-up key ids cannot flood the issuer. */
const cooldown = 10_000;
/** Milliseconds after which keys are fetched again, so that a key that was taken back ends; the old ones serve meanwhile. */
const refreshAge = 600_000;

export function openKeySet(address: string): JWTVerifyGetKey {
  const keys = createRemoteJWKSet(new URL(address), {
    timeoutDuration: fetchTimeout,
    cooldownDuration: cooldown,
    // Refreshed below instead: jose would refuse every token once its keys are old and the issuer is away.
    cacheMaxAge: Number.POSITIVE_INFINITY,
  });
  let tried = 0;
  const refresh = (): void => {
    if (Date.now() - tried < refreshAge) return;
    const isFirst = tried === 0;
    tried = Date.now();
    if (isFirst) return;
    keys.reload().catch(() => {
      tried = Date.now() - refreshAge + cooldown;
    });
  };
  return async (header, token) => {
    refresh();
    try {
      return await keys(header, token);
    } catch (error) {
      // What the issuer answered, as against what the token lacks.
      const isToken =
        error instanceof errors.JOSEError &&
        !(error instanceof errors.JWKSTimeout) &&
        error.code !== 'ERR_JOSE_GENERIC';
      if (isToken) throw error;
      throw new TelltaleError(
        'IssuerUnavailable',
        'expected the keys of the issuer of tokens (found: no answer); try again',
        {},
        { cause: error },
      );
    }
  };
}
