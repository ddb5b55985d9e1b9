/** Publishes over HTTP in whichever form, as an admin of tenant acme. */
import type { LightMyRequestResponse } from 'fastify';
import type { Claims, Serving } from '../serving.ts';

export const press = '0192f0c1-7a52-7c3e-9b1a-2f6d0f3c8e11';
export const mixer = '0192f0c1-7a52-7c3e-9b1a-2f6d0f3c8e12';
export const online = { event_type: 'device.online', device_uuid: press, data: {} };

export const trace = (digit: string): string => `00-${digit.repeat(32)}-${digit.repeat(16)}-01`;

export async function publish(
  { app, token }: Serving,
  payload: string | object,
  headers: Record<string, string> = {},
  { query = '', claims = {} }: { readonly query?: string; readonly claims?: Claims } = {},
): Promise<LightMyRequestResponse> {
  return app.inject({
    method: 'POST',
    url: `/api/v1/events${query}`,
    headers: { authorization: `Bearer ${await token(claims)}`, 'content-type': 'application/json', ...headers },
    payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
  });
}

/** The answers to NDJSON. */
export const linesOf = (answer: { readonly body: string }): Answered[] =>
  answer.body
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Answered);

export interface Answered {
  readonly line: number;
  readonly receipt?: { readonly status: string; readonly event_id: string };
  readonly problem?: { readonly code: string; readonly errors?: readonly { readonly pointer?: string }[] };
}

export const ndjson = { 'content-type': 'application/x-ndjson' };
