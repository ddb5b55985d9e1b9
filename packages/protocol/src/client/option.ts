/** What a client is made with. */

export interface ClientOptions {
  /** Where the server is, e.g. `https://telltale.example`; a path of a plugin's prefix may follow. */
  readonly url: string;
  /** A bearer token, or what gives one when it is needed: tokens expire, streams do not. */
  readonly token?: string | (() => string | Promise<string>);
  /** Default: the global one. */
  readonly fetch?: typeof fetch;
  /** How often a call is tried again. Default 5. */
  readonly retries?: number;
  /** Milliseconds of the first pause between tries, at most; each further one may be twice as long. Default 200. */
  readonly pause?: number;
}

/** Longest pause between two tries, in milliseconds, unless the server asks for a longer one. */
const longestPause = 10_000;

/** A random pause up to one that doubles (full jitter), so that clients do not come back all at once. */
export function pauseOf(attempt: number, first: number): number {
  return Math.random() * Math.min(longestPause, first * 2 ** attempt);
}

/** Resolves after the time, or rejects at once with the reason of the signal. */
export function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, milliseconds);
    signal?.addEventListener('abort', stop, { once: true });
  });
}

export async function authorisationOf({ token }: ClientOptions): Promise<Record<string, string>> {
  if (token === undefined) return {};
  return { authorization: `Bearer ${typeof token === 'string' ? token : await token()}` };
}
