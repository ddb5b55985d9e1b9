/** A server over a test's own database, and tokens for it. */
import { randomBytes } from 'node:crypto';
import type { Role } from '@telltale/protocol';
import { type AnyEventStore, EventStore } from '@telltale/store';
import type { FastifyInstance } from 'fastify';
import { SignJWT } from 'jose';
import { onTestFinished } from 'vitest';
import { createDatabase } from '../../../test/database.ts';
import { openServer, type ServerOptions } from '../src/index.ts';

export interface Claims {
  readonly sub?: string;
  readonly roles?: readonly Role[];
  readonly tenant?: string;
  readonly device?: string;
  /** Seconds until it ends. Default 600. */
  readonly seconds?: number;
}

export interface Serving {
  readonly url: string;
  readonly store: AnyEventStore;
  readonly app: FastifyInstance;
  readonly secret: string;
  /** A bearer token; by default of an admin of tenant `acme`. */
  readonly token: (claims?: Claims) => Promise<string>;
}

export async function openServing(
  title: string,
  options: Partial<Omit<ServerOptions, 'store' | 'secret'>> = {},
  database?: { readonly url: string },
): Promise<Serving> {
  const { url } = database ?? (await createDatabase(title));
  const { close, ...serving } = await startServing(url, options);
  onTestFinished(close);
  return serving;
}

/** The same, for a whole file: its caller closes it. */
export async function startServing(
  url: string,
  options: Partial<Omit<ServerOptions, 'store' | 'secret'>> = {},
): Promise<Serving & { readonly close: () => Promise<void> }> {
  const store: AnyEventStore = new EventStore({ connection: url, role: 'telltale_application', worker: false });
  const secret = randomBytes(32).toString('base64url');
  const app = await openServer({ store, secret, audit: false, ...options });
  const close = async (): Promise<void> => {
    await app.close();
    await store.close();
  };
  return { url, store, app, secret, token: (claims = {}) => makeToken(secret, claims), close };
}

function makeToken(
  secret: string,
  { sub = 'anna', roles = ['admin'], tenant = 'acme', device, seconds = 600 }: Claims,
): Promise<string> {
  return new SignJWT({ roles, tenant, ...(device !== undefined && { device }) })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(sub)
    .setExpirationTime(`${seconds}s`)
    .sign(new TextEncoder().encode(secret));
}
