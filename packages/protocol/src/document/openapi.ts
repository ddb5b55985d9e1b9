/** The OpenAPI 3.1 document, made of the routes. */
import { isObject } from '@telltale/catalogue';
import { type Action, actions } from '../action.ts';
import type { Route } from '../route/route.ts';
import { allRoutes } from '../route/table.ts';
import { problemType } from '../shape/problem.ts';
import { Components, type Json } from './component.ts';

export function makeOpenApi(version: string): Json {
  const components = new Components();
  const paths: Record<string, Json> = {};
  for (const route of allRoutes) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route, components) };
  }
  const nouns = [...new Set(allRoutes.map(({ noun }) => noun))];
  return {
    openapi: '3.1.0',
    info: {
      title: 'Telltale',
      version,
      summary: 'The flight recorder for device fleets',
      description:
        'Events go in by one door and are found, replayed and followed. Times are RFC 3339 in UTC with six digits. ' +
        'Every error is a problem of RFC 9457 with a stable `type` and `code`.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: './', description: 'Where this document is served' }],
    tags: nouns.map((name) => ({ name })),
    security: [{ token: [] }],
    paths,
    components: {
      schemas: components.sorted(),
      securitySchemes,
    },
  };
}

const securitySchemes = {
  token: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'Claims: sub, exp, roles, tenant; see docs/guide/identity.md.',
  },
  ticket: {
    type: 'apiKey',
    in: 'query',
    name: 'ticket',
    description: 'Of POST /api/v1/tickets: once, within 30 seconds, for one stream.',
  },
};

function operationOf(route: Route, components: Components): Json {
  const { params, query, headers, body } = route.shape;
  const parameters = [
    ...parametersOf('path', params, components),
    ...parametersOf('query', query, components),
    ...parametersOf('header', headers, components),
  ];
  return {
    operationId: route.name,
    summary: route.summary,
    description: [route.description, whoMay(route)].filter((text) => text !== undefined).join('\n\n'),
    tags: [route.noun],
    ...securityOf(route),
    ...(parameters.length > 0 && { parameters }),
    ...(body !== undefined && { requestBody: { required: true, content: bodiesOf(route, components) } }),
    responses: {
      ...successesOf(route, components),
      default: {
        description: 'What went wrong',
        content: { [problemType]: { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
  };
}

function securityOf({ open, live }: Route): Json {
  if (open === true) return { security: [] };
  return live === undefined ? {} : { security: [{ token: [] }, { ticket: [] }] };
}

function whoMay({ open, action, allTenants }: Route): string {
  if (open === true) return 'For everybody, without a token.';
  const held = (actions as Record<Action, readonly string[]>)[action].join(', ');
  return `Roles: ${held}.${allTenants === true ? ' Only with a token of all tenants.' : ''}`;
}

function parametersOf(place: string, schema: object | undefined, components: Components): Json[] {
  const { properties, required } = (schema ?? {}) as { properties?: Record<string, object>; required?: string[] };
  return Object.entries(properties ?? {})
    .filter(([name]) => !(place === 'query' && name === 'ticket'))
    .map(([name, property]) => {
      const { description, ...plain } = components.refer(property);
      return {
        name,
        in: place,
        ...(typeof description === 'string' && { description }),
        ...((place === 'path' || required?.includes(name) === true) && { required: true }),
        schema: plain,
      };
    });
}

function bodiesOf({ consumes = ['application/json'], bodies = {}, shape }: Route, components: Components): Json {
  return Object.fromEntries(
    consumes.map((type) => [type, { schema: components.refer(bodies[type] ?? (shape.body as object)) }]),
  );
}

function successesOf(route: Route, components: Components): Json {
  const { status = 200, live, shape, produces = ['application/json'], lines, replies = {} } = route;
  if (live === 'websocket') return { 101: { description: 'The stream, over WebSocket; see /asyncapi.json' } };
  const content = Object.fromEntries(
    produces.map((type) => [type, { schema: contentOf(type, shape.reply as object, components) }]),
  );
  const perLine = lines === true ? '; the schema is that of a line' : '';
  const others = Object.entries(replies).map(([code, reply]) => [
    code,
    { description: reply.description, content: { [reply.type]: { schema: components.refer(reply.shape) } } },
  ]);
  return {
    [status]: { description: live === 'sse' ? 'The stream; see /asyncapi.json' : `Done${perLine}`, content },
    ...Object.fromEntries(others),
  };
}

function contentOf(type: string, reply: object, components: Components): Json {
  if (type === 'text/event-stream') return { type: 'string' };
  if (type.startsWith('application/cloudevents')) {
    const one = { $ref: '#/components/schemas/CloudEvent' };
    return type.includes('batch') ? { type: 'array', items: one } : one;
  }
  const schema = components.refer(reply);
  // Plain text, a script or a picture is what its media type says.
  return isObject(schema) && schema['type'] === 'string' ? {} : schema;
}
