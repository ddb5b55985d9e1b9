/** One call of a route: builds the request, tries again what may be tried again, and gives errors their codes. */
import { type FailureCode, failures, TelltaleError } from '@telltale/catalogue';
import type { Route } from '../route/route.ts';
import type { Problem } from '../shape/problem.ts';
import { authorisationOf, type ClientOptions, pause, pauseOf } from './option.ts';

type Scalar = string | number | boolean;

export interface Input {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, Scalar | readonly Scalar[] | null | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/** The address of a route with its parameters in it; a list is repeated, what is null or undefined is left out. */
export function addressOf(base: string, path: string, { params = {}, query = {} }: Input): string {
  const filled = path.replaceAll(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    const values = Array.isArray(value) ? (value as readonly Scalar[]) : [value as Scalar | null | undefined];
    for (const one of values) if (one != null) search.append(name, String(one));
  }
  const text = search.toString();
  return `${base.replace(/\/$/, '')}${filled}${text === '' ? '' : `?${text}`}`;
}

/** The error that a reply stands for; one that no Telltale made is InternalError, or ConnectionFailed if a proxy has no server. */
export async function failureOf(response: Response): Promise<TelltaleError> {
  const text = await response.text().catch(() => '');
  const problem = parse(text) as Partial<Problem> | undefined;
  const code = problem?.code as FailureCode | undefined;
  if (code !== undefined && Object.hasOwn(failures, code))
    return new TelltaleError(code, problem?.detail ?? code, problem?.errors?.[0] ?? {});
  const away = response.status === 502 || response.status === 503 || response.status === 504;
  return new TelltaleError(
    away ? 'ConnectionFailed' : 'InternalError',
    `expected an answer of Telltale (found: ${response.status} ${response.statusText})`,
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Milliseconds that the server, or a proxy before it, asks to wait for: seconds or a date (RFC 9110, 10.2.3). */
export function retryAfterOf(response: Response): number {
  const given = response.headers.get('retry-after') ?? '';
  const milliseconds = /^\d+$/.test(given) ? Number(given) * 1000 : Date.parse(given) - Date.now();
  return milliseconds > 0 ? milliseconds : 0;
}

/** @throws TelltaleError with the server's code; ConnectionFailed when it cannot be reached. */
export async function request(options: ClientOptions, route: Route, input: Input): Promise<unknown> {
  const { retries = 5, pause: first = 200 } = options;
  // Whether a call that broke off was carried out, nobody knows: only one that may be repeated is.
  const repeatable = route.method === 'GET' || input.headers?.['idempotency-key'] !== undefined;
  for (let attempt = 0; ; attempt += 1) {
    const outcome = await tryOnce(options, route, input);
    if ('reply' in outcome) return outcome.reply;
    const again = outcome.failure.retryable && (repeatable || outcome.refused) && attempt < retries;
    if (!again) throw outcome.failure;
    await pause(Math.max(outcome.wait, pauseOf(attempt, first)), input.signal);
  }
}

type Outcome =
  | { readonly reply: unknown }
  | {
      readonly failure: TelltaleError;
      /** Milliseconds to wait at least. */
      readonly wait: number;
      /** Whether the server itself said no. */
      readonly refused: boolean;
    };

async function tryOnce(options: ClientOptions, route: Route, input: Input): Promise<Outcome> {
  const { body, headers, signal } = input;
  const call = options.fetch ?? fetch;
  let response: Response;
  try {
    response = await call(addressOf(options.url, route.path, input), {
      method: route.method,
      headers: {
        accept: 'application/json',
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(await authorisationOf(options)),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      ...(signal !== undefined && { signal }),
    });
    if (response.ok) return { reply: await replyOf(response) };
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    return { failure: unreachable(options.url, error), wait: 0, refused: false };
  }
  return { failure: await failureOf(response), wait: retryAfterOf(response), refused: true };
}

async function replyOf(response: Response): Promise<unknown> {
  const type = response.headers.get('content-type') ?? '';
  // NDJSON is text: a line each.
  return /[/+]json\b/.test(type) ? response.json() : response.text();
}

export function unreachable(url: string, error: unknown): TelltaleError {
  const cause = error instanceof Error ? (error.cause instanceof Error ? error.cause.message : error.message) : error;
  return new TelltaleError(
    'ConnectionFailed',
    `expected a server at ${url} (found: ${String(cause)})`,
    {},
    {
      cause: error,
    },
  );
}
