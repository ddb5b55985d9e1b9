/** The options of a server as a file of JSON has them: the names, sections and units of a program's. */
import { isObject, TelltaleError } from '@telltale/catalogue';
import { defaultLive } from './live/option.ts';
import { defaultAudit, defaultLimits, defaultMetrics, defaultReady, type ServerOptions } from './option.ts';

/** What bounds the work of the database for this server; the options of a store. */
export interface StoreConfig {
  /** Most connections to PostgreSQL. */
  readonly connections?: number;
  /** Milliseconds that one statement may take. */
  readonly statementTimeout?: number;
  /** Milliseconds that one question may take. */
  readonly queryTimeout?: number;
}

export interface ServerConfig
  extends Pick<ServerOptions, 'limits' | 'live' | 'audit' | 'metrics' | 'ready' | 'identity'> {
  readonly store?: StoreConfig;
}

/** Every section with its options and their defaults; what has none is shown by an empty text. */
export const configSections = {
  limits: defaultLimits,
  live: defaultLive,
  audit: defaultAudit,
  metrics: defaultMetrics,
  ready: defaultReady,
  identity: { jwks: '', issuer: '', audience: '', clockSkew: 30, singleTenant: false },
  store: { connections: 10, statementTimeout: 30_000, queryTimeout: 10_000 },
} as const satisfies Record<keyof ServerConfig, object>;

/** Options of which zero means something. */
const mayBeZero = new Set(['/audit/everySeconds', '/metrics/cacheSeconds', '/identity/clockSkew']);

/** @throws InvalidArgument that names the first option that is not known, or not as it should be. */
export function readConfig(value: unknown): ServerConfig {
  for (const [section, options] of entriesOf('', value)) {
    const known = knownOf(configSections, '', section) as object;
    if (section === 'audit' && options === false) continue;
    for (const [name, option] of entriesOf(`/${section}`, options)) {
      checkOption(`/${section}/${name}`, knownOf(known, `/${section}`, name), option);
    }
  }
  return value as ServerConfig;
}

function entriesOf(pointer: string, value: unknown): [string, unknown][] {
  if (isObject(value)) return Object.entries(value);
  throw refuse(pointer, 'an object', JSON.stringify(value));
}

function knownOf(of: object, pointer: string, name: string): unknown {
  const known = Object.entries(of).find(([own]) => own === name);
  if (known !== undefined) return known[1];
  throw refuse(`${pointer}/${name}`, `one of ${Object.keys(of).join(', ')}`, name);
}

function checkOption(pointer: string, example: unknown, value: unknown): void {
  const least = mayBeZero.has(pointer) ? 0 : Number.MIN_VALUE;
  const fits =
    typeof value === typeof example && (typeof value !== 'number' || (Number.isFinite(value) && value >= least));
  if (fits && value !== '') return;
  const number = least === 0 ? 'a number, 0 or more' : 'a number above 0';
  const expected = { number, boolean: 'true or false' }[typeof example as string] ?? 'a text';
  throw refuse(pointer, expected, JSON.stringify(value));
}

function refuse(pointer: string, expected: string, found: string): TelltaleError {
  const brief = found.slice(0, 60);
  return new TelltaleError('InvalidArgument', `${pointer || 'options'}: expected ${expected} (found: ${brief})`, {
    pointer,
    expected,
    found: brief,
  });
}
