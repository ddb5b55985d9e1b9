/** What a route is: one declaration that validates, documents, and types both ends of the wire. */
import type { Static, TSchema } from 'typebox';
import type { Action } from '../action.ts';

export interface Shape {
  readonly params?: TSchema;
  readonly query?: TSchema;
  readonly headers?: TSchema;
  readonly body?: TSchema;
  readonly reply?: TSchema;
}

export interface Route<Declared extends Shape = Shape> {
  /** The verb, as the library calls it. */
  readonly name: string;
  readonly method: 'GET' | 'POST';
  /** With `:name` for parameters. */
  readonly path: string;
  /** The noun that documents group it by. */
  readonly noun: string;
  readonly summary: string;
  readonly description?: string;
  readonly action: Action;
  /** Whether anybody may call it without a token. */
  readonly open?: boolean;
  /** Only for tokens that are not confined to a tenant: it is about more than one tenant's. */
  readonly allTenants?: boolean;
  /** HTTP status of a success. Default 200. */
  readonly status?: number;
  /** Media types of the body. Default: JSON alone. */
  readonly consumes?: readonly string[];
  /** Shapes of bodies of other media types than JSON, where they differ. */
  readonly bodies?: Readonly<Record<string, TSchema>>;
  /** Further successes, by their status. */
  readonly replies?: Readonly<
    Record<number, { readonly description: string; readonly type: string; readonly shape: TSchema }>
  >;
  /** Media types of the reply. Default: JSON alone. */
  readonly produces?: readonly string[];
  /** The reply is NDJSON; its shape is that of a line. */
  readonly lines?: boolean | undefined;
  /** A stream of events instead of one reply. */
  readonly live?: 'sse' | 'websocket' | undefined;
  readonly shape: Declared;
}

type Part<Declared extends Shape, Name extends keyof Shape> = Declared[Name] extends TSchema
  ? Static<Declared[Name]>
  : undefined;

export type Params<Of> = Of extends Route<infer Declared> ? Part<Declared, 'params'> : never;
export type Query<Of> = Of extends Route<infer Declared> ? Part<Declared, 'query'> : never;
export type Body<Of> = Of extends Route<infer Declared> ? Part<Declared, 'body'> : never;
export type Reply<Of> = Of extends Route<infer Declared> ? Part<Declared, 'reply'> : never;

/** Keeps what the declaration says beside its shape, too: whether it is live or of lines decides how a client calls it. */
export function route<const Declared extends Shape, const Kind extends Pick<Route, 'live' | 'lines'>>(
  declaration: Route<Declared> & Kind,
): Route<Declared> & { readonly [Name in 'live' | 'lines' as Name extends keyof Kind ? Name : never]: Kind[Name] } {
  return declaration;
}
