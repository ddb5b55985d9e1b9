/** The typed client, for Node and browsers: a method for every route, publishing that may be repeated, streams that resume. */
import { type EventInput, TelltaleError } from '@telltale/catalogue';
import type { Body, Params, Query, Reply, Route } from '../route/route.ts';
import { routes } from '../route/table.ts';
import { type Followed, type FollowOptions, follow } from './follow.ts';
import type { ClientOptions } from './option.ts';
import { type Input, request } from './request.ts';

type Routes = typeof routes;
/** The routes that answer once; streams are followed, and lines come one by one. */
type CallName = {
  [Name in keyof Routes]: Routes[Name] extends { live: string } | { lines: true } ? never : Name;
}[keyof Routes];

type Given<Key extends string, Value> = Value extends undefined
  ? unknown
  : Record<string, never> extends Value
    ? { readonly [Name in Key]?: Value }
    : { readonly [Name in Key]: Value };

/** What a call of the route takes: its parameters, its query, its body. */
export type CallInput<Of> = Given<'params', Params<Of>> &
  Given<'query', Query<Of>> &
  Given<'body', Body<Of>> & { readonly headers?: Readonly<Record<string, string>>; readonly signal?: AbortSignal };

type Call<Of> =
  Record<string, never> extends Omit<CallInput<Of>, never>
    ? (input?: CallInput<Of>) => Promise<Reply<Of>>
    : (input: CallInput<Of>) => Promise<Reply<Of>>;

/** A method for every route that has one reply, named as the route. */
export type Calls = { readonly [Name in CallName]: Call<Routes[Name]> };

export interface PublishOptions {
  /** Stores the good events and answers with the others, instead of refusing all for one. */
  readonly partial?: boolean;
  /** Default: a new one. The same one again stores nothing twice, also from another process. */
  readonly idempotencyKey?: string;
  readonly signal?: AbortSignal;
}

type PublishReply = Reply<Routes['publishEvents']>;

interface Verbs {
  /** Publishes events together; repeated after a failure it stores nothing twice. */
  publish(events: EventInput | readonly EventInput[], options?: PublishOptions): Promise<PublishReply>;
  /** Every event that a search finds, page by page. */
  search(query?: Query<Routes['searchEvents']>, signal?: AbortSignal): AsyncGenerator<SearchEvent>;
  /** A device's events of a time, in order, and behind them its state at the end; read whole, so that it can be repeated. */
  replay(input: CallInput<Routes['replayEvents']>): AsyncGenerator<Reply<Routes['replayEvents']>>;
  /** Events as they are recorded, of one device or of the fleet; resumes by itself, nothing lost and nothing twice. */
  follow(options?: FollowOptions): AsyncGenerator<Followed>;
  /** A ticket for what sets no headers, a browser's WebSocket or EventSource: `?ticket=`, once, within 30 seconds. */
  ticketFor(path: string): Promise<string>;
}

type SearchEvent = Reply<Routes['searchEvents']>['events'][number];

export type TelltaleClient = Calls & Verbs;

/** @throws InvalidArgument for an address that is none */
export function createClient(options: ClientOptions): TelltaleClient {
  if (!URL.canParse(options.url))
    throw new TelltaleError('InvalidArgument', `url: expected an address like https://host (found: ${options.url})`);
  const calls = Object.fromEntries(
    (Object.entries(routes) as [string, Route][])
      .filter(([, route]) => route.live === undefined && route.lines !== true)
      .map(([name, route]) => [name, (input: Input = {}) => request(options, route, input)]),
  ) as unknown as Calls;
  return {
    ...calls,
    publish: (events, { partial, idempotencyKey = crypto.randomUUID(), signal } = {}) =>
      request(options, routes.publishEvents, {
        body: events,
        headers: { 'idempotency-key': idempotencyKey },
        ...(partial !== undefined && { query: { partial } }),
        ...(signal !== undefined && { signal }),
      }) as Promise<PublishReply>,
    search: (query = {}, signal) => searchAll(calls, query, signal),
    replay: (input) => replayLines(options, input),
    follow: (followOptions = {}) => follow(options, followOptions),
    ticketFor: async (path) => (await calls.issueTicket({ body: { path } })).ticket,
  };
}

async function* replayLines(
  options: ClientOptions,
  input: CallInput<Routes['replayEvents']>,
): AsyncGenerator<Reply<Routes['replayEvents']>> {
  const text = (await request(options, routes.replayEvents, input)) as string;
  for (const line of text.split('\n')) if (line !== '') yield JSON.parse(line) as Reply<Routes['replayEvents']>;
}

async function* searchAll(
  calls: Calls,
  query: Query<Routes['searchEvents']>,
  signal: AbortSignal | undefined,
): AsyncGenerator<SearchEvent> {
  let cursor: string | null | undefined = query.cursor;
  do {
    const page: Reply<Routes['searchEvents']> = await calls.searchEvents({
      query: { ...query, ...(cursor != null && { cursor }) },
      ...(signal !== undefined && { signal }),
    });
    yield* page.events;
    cursor = page.nextCursor;
  } while (cursor !== null);
}
