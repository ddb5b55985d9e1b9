/** Serves the documents, and a page to browse them that needs no other host. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { makeAsyncApi, makeOpenApi, pageFiles, routes } from '@telltale/protocol';
import type { FastifyReply } from 'fastify';
import { type Mount, serve } from '../serve.ts';

const version: string = (createRequire(import.meta.url)('../../package.json') as { version: string }).version;

const folder = join(dirname(createRequire(import.meta.url).resolve('@fastify/swagger-ui')), 'static');

/** Seconds for which a browser keeps the files of the page. */
const kept = 3600;

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Telltale API</title>
<link rel="icon" href="docs/favicon-32x32.png">
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="page"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/page.js"></script>
</body>
</html>
`;

/** No validator: it is a service on another host. */
const script = `window.onload = () =>
  SwaggerUIBundle({ url: 'openapi.json', dom_id: '#page', deepLinking: true, docExpansion: 'none', validatorUrl: null });
`;

/** The browser itself refuses whatever would be fetched from elsewhere; Swagger UI writes styles into its elements. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "frame-ancestors 'self'",
].join('; ');

const json = (reply: FastifyReply, text: string): FastifyReply => reply.type('application/json').send(text);

export function serveDocument(mount: Mount): void {
  const openApi = JSON.stringify(makeOpenApi(version));
  const asyncApi = JSON.stringify(makeAsyncApi(version));
  serve(mount, routes.getOpenApi, async ({ reply }) => json(reply, openApi));
  serve(mount, routes.getAsyncApi, async ({ reply }) => json(reply, asyncApi));
  serve(mount, routes.getDocs, async ({ reply }) =>
    reply.header('content-security-policy', policy).type('text/html; charset=utf-8').send(page),
  );
  serve(mount, routes.getDocsFile, async ({ params: { file }, reply }) => {
    reply.header('cache-control', `public, max-age=${kept}`).type(pageFiles[file as keyof typeof pageFiles]);
    return reply.send(file === 'page.js' ? script : await readFile(join(folder, file)));
  });
}
