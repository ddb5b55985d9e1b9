/** The documents are valid, say of the server what is so, and are read without any other host. */
import { readFileSync } from 'node:fs';
import { Validator } from '@seriousme/openapi-schema-validator';
import { allRoutes, type Route, routes } from '@telltale/protocol';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import Fastify from 'fastify';
import { beforeAll, describe, expect, test } from 'vitest';
import { useDatabase } from '../../../../test/database.ts';
import { telltale } from '../../src/index.ts';
import { type Serving, startServing } from '../serving.ts';

type Json = Record<string, never>;
const own = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../../../docs/reference/${name}.json`, import.meta.url), 'utf8'));
const specification = (): object =>
  JSON.parse(
    readFileSync(
      new URL('../../../../node_modules/@asyncapi/specs/schemas/3.0.0-without-$id.json', import.meta.url),
      'utf8',
    ),
  ) as object;

describe('the documents', () => {
  const database = useDatabase('documents');
  let serving: Serving;
  beforeAll(async () => {
    const opened = await startServing(database.url);
    serving = opened;
    return opened.close;
  });
  const get = async (url: string) => serving.app.inject({ url });

  test('OpenAPI is valid, served, and committed as it is served', async () => {
    const served: object = (await get('/openapi.json')).json();
    const { valid, errors } = await new Validator().validate(
      structuredClone(served) as Parameters<Validator['validate']>[0],
    );

    expect([valid, errors]).toEqual([true, undefined]);
    expect(served).toEqual(own('openapi'));
  });

  test('AsyncAPI is valid, served, and committed as it is served', async () => {
    const served: object = (await get('/asyncapi.json')).json();
    const ajv = new Ajv({ strict: false, allErrors: true, logger: false });
    (addFormats as unknown as (ajv: unknown) => void)(ajv);
    const validate = ajv.compile(specification());
    validate(served);

    expect(validate.errors).toBeNull();
    expect(served).toEqual(own('asyncapi'));
  });

  test('every reference of the documents leads somewhere', async () => {
    for (const url of ['/openapi.json', '/asyncapi.json']) {
      const text = (await get(url)).body;
      const document: unknown = JSON.parse(text);
      const references = [...text.matchAll(/"\$ref":"#([^"]+)"/g)].map(([, pointer]) => pointer ?? '');
      const missing = references.filter((pointer) => find(document, pointer) === undefined);

      expect(references.length).toBeGreaterThan(4);
      expect(missing).toEqual([]);
    }
  });

  test('every registered route is in the document, and every documented one is registered', async () => {
    const registered: string[] = [];
    const app = Fastify();
    app.addHook('onRoute', ({ method, url }) => {
      // Fastify itself answers HEAD wherever there is GET.
      for (const one of [method].flat()) if (one !== 'HEAD') registered.push(`${one} ${url}`);
    });
    await app.register(telltale, { store: serving.store, secret: serving.secret, audit: false });
    await app.ready();
    await app.close();
    const { paths }: { paths: Record<string, object> } = (await get('/openapi.json')).json();
    const documented = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`),
    );

    expect(documented.toSorted()).toEqual(registered.toSorted());
    expect(documented.toSorted()).toEqual(allRoutes.map(({ method, path }) => `${method} ${path}`).toSorted());
  });

  test('every stream is a channel, with a message for every event type', async () => {
    const { channels }: { channels: Record<string, { address: string; messages: Json }> } = (
      await get('/asyncapi.json')
    ).json();
    const streams = (Object.values(routes) as Route[]).filter(({ live }) => live !== undefined);

    expect(Object.keys(channels).toSorted()).toEqual(streams.map(({ name }) => name).toSorted());
    expect(Object.keys(channels['followEvents']?.messages ?? {})).toEqual(
      expect.arrayContaining(['device.online', 'job.failed', 'gap']),
    );
  });

  test('the page needs no other host, and its browser would ask none', async () => {
    const page = await get('/docs');
    const linked = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address as string);
    const files = await Promise.all(linked.map((address) => get(`/${address}`)));

    expect(linked.length).toBe(4);
    expect(files.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 200]);
    expect(page.headers['content-security-policy']).toMatch(/^default-src 'none'/);
    expect(page.headers['content-security-policy']).not.toMatch(/https?:|\*/);
    // Swagger UI itself names hosts in what it can show; the policy above keeps it from asking them.
    const script = (await get('/docs/page.js')).body;
    const style = (await get('/docs/swagger-ui.css')).body;
    for (const text of [page.body, script]) expect(text.match(/(?:https?:)?\/\/[a-z]/i)).toBeNull();
    expect(style.match(/@import|url\((?!["']?data:)/i)).toBeNull();
    expect(script).toContain('validatorUrl: null');
  });
});

function find(document: unknown, pointer: string): unknown {
  return pointer
    .split('/')
    .slice(1)
    .reduce<unknown>((node, part) => (node as Record<string, unknown> | undefined)?.[decode(part)], document);
}

const decode = (part: string): string => decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~');
