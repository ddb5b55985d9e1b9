/** Which tokens are believed, and what they are believed to say. */
import { createHmac, randomBytes } from 'node:crypto';
import { SignJWT } from 'jose';
import { afterEach, expect, test, vi } from 'vitest';
import { TokenReader } from '../../src/identity/token.ts';
import type { IdentityOptions } from '../../src/option.ts';
import { claims, makeKey, openIssuer, sign } from './issuer.ts';

const secret = randomBytes(32).toString('base64url');
const device = '0192f0c1-7a52-7c3e-9b1a-2f6d0f3c8e11';
const now = Math.floor(Date.now() / 1000);
const unauthenticated = { code: 'Unauthenticated' };
const forbidden = { code: 'Forbidden' };

afterEach(() => {
  vi.useRealTimers();
});

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A token of whatever header and claims, under the HMAC of any key: what jose would refuse to make. */
function forge(header: object, payload: object, key: string | null): string {
  const text = `${part(header)}.${part(payload)}`;
  return `${text}.${key === null ? '' : createHmac('sha256', key).update(text).digest('base64url')}`;
}

const token = (more: Record<string, unknown> = {}): string =>
  forge({ alg: 'HS256', typ: 'JWT' }, { ...claims, ...more }, secret);
const read = (text: string, identity: IdentityOptions = {}): Promise<object> =>
  new TokenReader({ secret, identity }).read(text);

test('a token signed with the secret says who calls, in which tenant, with which roles', async () => {
  expect(await read(token({ roles: ['operator', 'viewer'], name: 'Anna' }))).toEqual({
    subject: 'anna',
    name: 'Anna',
    roles: ['viewer', 'operator'],
    tenant: 'acme',
    device: null,
    expires: claims.exp,
  });
});

test('roles that there are not give nothing and take nothing', async () => {
  expect(await read(token({ roles: ['root', 'viewer', 7, null] }))).toMatchObject({ roles: ['viewer'] });
  expect(await read(token({ roles: 'admin' }))).toMatchObject({ roles: [] });
});

test.each<[string, string]>([
  ['signed by nobody', forge({ alg: 'none' }, claims, null)],
  ['signed by nobody, in capitals', forge({ alg: 'NONE' }, claims, null)],
  ['without an algorithm', forge({}, claims, secret)],
  ['without its signature', `${token().split('.').slice(0, 2).join('.')}.`],
  ['signed with another secret', forge({ alg: 'HS256' }, claims, 'x'.repeat(40))],
  ['that says HS384 and is HS256', forge({ alg: 'HS384' }, claims, secret)],
  ['whose claims were changed', token().replace(/\.[^.]+\./, `.${part({ ...claims, tenant: 'umbrella' })}.`)],
  ['of another type', forge({ alg: 'HS256', typ: 'ticket+jwt' }, claims, secret)],
  ['whose type is no text', forge({ alg: 'HS256', typ: 7 }, claims, secret)],
  ['with an extension that must be understood', forge({ alg: 'HS256', crit: ['x'], x: 1 }, claims, secret)],
  ['that has expired', token({ exp: now - 60 })],
  ['that never expires', token({ exp: undefined })],
  ['that expires at no time', token({ exp: 'never' })],
  ['that is not valid yet', token({ nbf: now + 60 })],
  ['without a subject', token({ sub: undefined })],
  ['with an empty subject', token({ sub: '' })],
  ['whose subject is a number', token({ sub: 7 })],
  ['whose subject no database can hold', token({ sub: 'an\u0000na' })],
  ['that is no JWT', 'anna'],
  ['of dots', '..'],
  ['of nothing', ''],
  ['that is very long', 'e'.repeat(100_000)],
])('a token %s is not believed', async (_what, text) => {
  await expect(read(text)).rejects.toMatchObject(unauthenticated);
});

test('clocks may differ by 30 seconds, or by what the server is told', async () => {
  const late = token({ exp: now - 20 });

  expect(await read(late)).toMatchObject({ subject: 'anna' });
  await expect(read(late, { clockSkew: 5 })).rejects.toMatchObject(unauthenticated);
});

test('issuer and audience have to be those of the server', async () => {
  const identity = { issuer: 'https://id.example', audience: 'telltale' };

  expect(await read(token({ iss: identity.issuer, aud: ['other', 'telltale'] }), identity)).toMatchObject({
    subject: 'anna',
  });
  for (const wrong of [
    {},
    { iss: identity.issuer },
    { aud: 'telltale' },
    { iss: 'https://id.example.evil', aud: 'telltale' },
    { iss: identity.issuer, aud: 'telltale2' },
  ]) {
    await expect(read(token(wrong), identity)).rejects.toMatchObject(unauthenticated);
  }
});

test('a token without a tenant is refused, unless the server has one tenant only', async () => {
  await expect(read(token({ tenant: undefined }))).rejects.toMatchObject(forbidden);
  expect(await read(token({ tenant: undefined }), { singleTenant: true })).toMatchObject({ tenant: null });
  expect(await read(token(), { singleTenant: true })).toMatchObject({ tenant: 'acme' });
});

test('only an admin gets all tenants', async () => {
  expect(await read(token({ tenant: '*', roles: ['admin'] }))).toMatchObject({ tenant: null });
  for (const roles of [['viewer'], ['operator', 'auditor'], [], ['device', 'admin']]) {
    await expect(read(token({ tenant: '*', roles, device }))).rejects.toMatchObject(forbidden);
  }
});

test.each(['', 7, {}, ['acme'], true, 'a\u0000b', '\ud800', 'a'.repeat(256)])(
  'a tenant that is %j is refused, in a server of one tenant too',
  async (tenant) => {
    await expect(read(token({ tenant, roles: ['admin'] }), { singleTenant: true })).rejects.toMatchObject(forbidden);
  },
);

test('the token of a device names it, and is that of a device alone', async () => {
  expect(await read(token({ roles: ['admin', 'device'], device: device.toUpperCase() }))).toMatchObject({
    roles: ['device'],
    device,
  });
  expect(await read(token({ device }))).toMatchObject({ roles: ['viewer'], device: null });
  for (const wrong of [undefined, null, 7, '', 'press-1', `${device}0`]) {
    await expect(read(token({ roles: ['device'], device: wrong }))).rejects.toMatchObject(forbidden);
  }
});

test.each(['RS256', 'ES256', 'EdDSA'])('a token signed with a key of the issuer by %s is believed', async (alg) => {
  const key = await makeKey('one', alg);
  const { url } = await openIssuer([key]);

  expect(await read(await sign(key), { jwks: url })).toMatchObject({ subject: 'anna', tenant: 'acme' });
});

test('with keys of an issuer, nothing that is signed with a secret is believed: not even with its public key', async () => {
  const key = await makeKey('one', 'RS256');
  const { url } = await openIssuer([key]);
  const reader = new TokenReader({ secret, identity: { jwks: url } });
  const header = { alg: 'HS256', kid: 'one', typ: 'JWT' };

  const forged = [
    token(),
    forge(header, claims, secret),
    forge(header, claims, key.spki),
    forge(header, claims, key.spki.trim()),
    forge(header, claims, JSON.stringify(key.jwk)),
    forge(header, claims, key.jwk.n as string),
    forge({ alg: 'none', kid: 'one' }, claims, null),
  ];
  for (const text of forged) await expect(reader.read(text)).rejects.toMatchObject(unauthenticated);
});

test('a key id that the issuer does not have, or that is of another kind of key, is not believed', async () => {
  const [rsa, ec, unknown] = await Promise.all([
    makeKey('rsa', 'RS256'),
    makeKey('ec', 'ES256'),
    makeKey('unknown', 'ES256'),
  ]);
  const issuer = await openIssuer([rsa, ec]);
  const reader = new TokenReader({ secret, identity: { jwks: issuer.url } });

  for (const text of [
    await sign(unknown),
    await sign({ ...unknown, kid: 'ec' }),
    await sign({ ...unknown, kid: 'rsa' }),
    await sign({ ...unknown, kid: '../../keys' }),
  ]) {
    await expect(reader.read(text)).rejects.toMatchObject(unauthenticated);
  }
  expect(issuer.fetches(), 'made-up key ids do not flood the issuer').toBe(1);
});

test('keys that the issuer adds are found, those that it takes back end', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const [old, fresh] = await Promise.all([makeKey('old', 'ES256'), makeKey('fresh', 'EdDSA')]);
  const issuer = await openIssuer([old]);
  const reader = new TokenReader({ secret, identity: { jwks: issuer.url } });
  const far = { exp: now + 86_400 };
  await reader.read(await sign(old, far));

  issuer.publish([fresh]);
  vi.setSystemTime(Date.now() + 11_000);

  expect(await reader.read(await sign(fresh, far))).toMatchObject({ subject: 'anna' });
  await expect(reader.read(await sign(old, far))).rejects.toMatchObject(unauthenticated);
});

test('keys are looked for again after ten minutes, and the old ones serve while the issuer is away', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const [old, other] = await Promise.all([makeKey('old', 'ES256'), makeKey('other', 'ES256')]);
  const issuer = await openIssuer([old]);
  const reader = new TokenReader({ secret, identity: { jwks: issuer.url } });
  const far = { exp: now + 864_000 };
  const text = await sign(old, far);
  await reader.read(text);

  issuer.publish(null);
  for (let hours = 1; hours <= 48; hours += 12) {
    vi.setSystemTime(Date.now() + hours * 3_600_000);
    expect(await reader.read(text)).toMatchObject({ subject: 'anna' });
  }
  issuer.publish([other]);
  // Each look is a minute later: one that began before the keys were there may still be under way.
  await vi.waitFor(async () => {
    vi.setSystemTime(Date.now() + 60_000);
    await expect(reader.read(text)).rejects.toMatchObject(unauthenticated);
  }, 4000);
});

test('while the issuer never answered, a token is neither believed nor refused for good', async () => {
  const key = await makeKey('one', 'ES256');
  const issuer = await openIssuer([key]);
  issuer.publish(null);
  const reader = new TokenReader({ secret, identity: { jwks: issuer.url } });
  const closed = new TokenReader({ secret, identity: { jwks: 'http://127.0.0.1:1/keys' } });

  for (const one of [reader, closed]) {
    await expect(one.read(await sign(key))).rejects.toMatchObject({ code: 'IssuerUnavailable', retryable: true });
  }
  issuer.publish([key]);
  expect(await reader.read(await sign(key))).toMatchObject({ subject: 'anna' });
});

test('a token made with the secret by jose is one like any other', async () => {
  const text = await new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256', typ: 'at+JWT' })
    .sign(new TextEncoder().encode(secret));

  expect(await read(text)).toMatchObject({ subject: 'anna' });
});
