/** Tickets: what a browser puts into the address of a stream, because EventSource and WebSocket set no headers. */
import { createSecretKey, hkdfSync, type KeyObject, randomUUID } from 'node:crypto';
import { TelltaleError } from '@telltale/catalogue';
import type { AnyEventStore } from '@telltale/store';
import { jwtVerify, SignJWT } from 'jose';
import type { ServerOptions } from '../option.ts';
import type { Identity } from './identity.ts';

/** Seconds from a ticket's issue to its end. */
const lifetime = 30;
/** Seconds that the clocks of two processes of one server may differ. */
const skew = 2;
const audience = 'telltale:ticket';
const type = 'ticket+jwt';

export interface Ticket {
  readonly ticket: string;
  readonly expires_at: string;
}

export class TicketOffice {
  /** Of its own, so that no token is a ticket and no ticket a token. */
  readonly #key: KeyObject;
  readonly #store: AnyEventStore;

  constructor({ secret, store }: Pick<ServerOptions, 'secret' | 'store'>) {
    this.#key = createSecretKey(Buffer.from(hkdfSync('sha256', secret, '', audience, 32)));
    this.#store = store;
  }

  /** A ticket for one path, good once. */
  async issue(identity: Identity, path: string): Promise<Ticket> {
    const expires = Math.floor(Date.now() / 1000) + lifetime;
    const ticket = await new SignJWT({ path, identity })
      .setProtectedHeader({ alg: 'HS256', typ: type })
      .setAudience(audience)
      .setJti(randomUUID())
      .setExpirationTime(expires)
      .sign(this.#key);
    return { ticket, expires_at: new Date(expires * 1000).toISOString() };
  }

  /** Whose ticket it is; from now on it is nobody's. @throws Unauthenticated */
  async take(ticket: string, path: string): Promise<Identity> {
    const { payload } = await jwtVerify(ticket, this.#key, {
      algorithms: ['HS256'],
      audience,
      typ: type,
      clockTolerance: skew,
      requiredClaims: ['jti', 'exp', 'path', 'identity'],
    }).catch((cause: unknown) => {
      throw refuse('one of this server, at most 30 seconds old', 'another', cause);
    });
    if (payload['path'] !== path) throw refuse('one for this path', 'one for another');
    const isFirst = await this.#store.spendTicket(payload.jti as string, new Date((payload.exp as number) * 1000));
    if (!isFirst) throw refuse('one that is new', 'one that was used before');
    return payload['identity'] as Identity;
  }
}

function refuse(expected: string, found: string, cause?: unknown): TelltaleError {
  return new TelltaleError('Unauthenticated', `ticket: expected ${expected} (found: ${found})`, {}, { cause });
}
