/** An issuer of tokens: keys, the address where they are found, and what a token of it looks like. */
import { EventEmitter, once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, type JWK, SignJWT } from 'jose';
import { onTestFinished } from 'vitest';

export interface Key {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly jwk: JWK;
  /** The public key as text. */
  readonly spki: string;
}

export async function makeKey(kid: string, alg: string): Promise<Key> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' };
  return { kid, alg, privateKey, jwk, spki: await exportSPKI(publicKey) };
}

export interface Issuer {
  readonly url: string;
  /** How often its keys were fetched. */
  readonly fetches: () => number;
  /** From now on its answers wait for what this answers with. */
  readonly hold: () => () => void;
  /** From now on it has these keys; null: it answers with an error. */
  readonly publish: (keys: readonly Key[] | null) => void;
}

export async function openIssuer(keys: readonly Key[]): Promise<Issuer> {
  let published: readonly Key[] | null = keys;
  let fetches = 0;
  let held: Promise<void> = Promise.resolve();
  const server = createServer((_request, response) => {
    fetches += 1;
    void held.then(() => {
      if (published === null) response.writeHead(500).end();
      else response.writeHead(200).end(JSON.stringify({ keys: published.map(({ jwk }) => jwk) }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise<void>((resolve) => void server.close(() => resolve())));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`,
    fetches: () => fetches,
    hold: () => {
      const released = new EventEmitter();
      held = once(released, 'release').then(() => undefined);
      return () => void released.emit('release');
    },
    publish: (next) => {
      published = next;
    },
  };
}

export const claims = { sub: 'anna', roles: ['viewer'], tenant: 'acme', exp: Math.floor(Date.now() / 1000) + 600 };

export function sign(
  key: Pick<Key, 'kid' | 'alg' | 'privateKey'>,
  more: Record<string, unknown> = {},
): Promise<string> {
  return new SignJWT({ ...claims, ...more })
    .setProtectedHeader({ alg: key.alg, kid: key.kid, typ: 'JWT' })
    .sign(key.privateKey);
}
