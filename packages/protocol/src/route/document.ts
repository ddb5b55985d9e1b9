/** What the server says of itself: its documents, and a page to read them. */
import { Type } from 'typebox';
import { route } from './route.ts';

const document = Type.Object({}, { additionalProperties: true });

export const getOpenApi = route({
  name: 'getOpenApi',
  method: 'GET',
  path: '/openapi.json',
  noun: 'document',
  summary: 'This document: OpenAPI 3.1.',
  action: 'public.read',
  open: true,
  shape: { reply: document },
});

export const getAsyncApi = route({
  name: 'getAsyncApi',
  method: 'GET',
  path: '/asyncapi.json',
  noun: 'document',
  summary: 'The streams, and every event type that they carry: AsyncAPI 3.',
  action: 'public.read',
  open: true,
  shape: { reply: document },
});

export const getDocs = route({
  name: 'getDocs',
  method: 'GET',
  path: '/docs',
  noun: 'document',
  summary: 'A page to browse the API. It needs nothing from any other host.',
  action: 'public.read',
  open: true,
  produces: ['text/html'],
  shape: { reply: Type.String() },
});

/** What the page is made of. */
export const pageFiles = {
  'swagger-ui.css': 'text/css',
  'swagger-ui-bundle.js': 'text/javascript',
  'favicon-32x32.png': 'image/png',
  'page.js': 'text/javascript',
} as const;

export const getDocsFile = route({
  name: 'getDocsFile',
  method: 'GET',
  path: '/docs/:file',
  noun: 'document',
  summary: 'What the page is made of.',
  action: 'public.read',
  open: true,
  produces: [...new Set(Object.values(pageFiles))],
  shape: { params: Type.Object({ file: Type.Enum(Object.keys(pageFiles)) }), reply: Type.String() },
});
