/** A server of its own: the plugin alone on a Fastify. */
import Fastify, { type FastifyInstance } from 'fastify';
import { defaultLimits, type ServerOptions } from './option.ts';
import { telltale } from './plugin.ts';

export async function openServer(options: ServerOptions): Promise<FastifyInstance> {
  const app = Fastify({ bodyLimit: { ...defaultLimits, ...options.limits }.bodyBytes, logger: false });
  await app.register(telltale, options);
  return app;
}
