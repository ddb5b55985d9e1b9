/** The error table: every code that Telltale answers with. SQLSTATE, HTTP status and docs page are made from it. */

interface FailureEntry {
  /** SQLSTATE that SQL functions raise; class TT is ours. */
  readonly sqlstate: string;
  /** HTTP status that the server answers with. */
  readonly status: number;
  /** Whether the same call may succeed later, unchanged. */
  readonly retryable: boolean;
  /** What went wrong and what to do about it, for the docs page. */
  readonly advice: string;
}

const entry = (sqlstate: string, status: number, retryable: boolean, advice: string): FailureEntry => ({
  sqlstate,
  status,
  retryable,
  advice,
});

/** Code -> entry. A code, once released, keeps its meaning; a SQLSTATE is never used twice. */
export const failures = {
  InvalidEvent: entry(
    'TT001',
    422,
    false,
    'The event does not fit its schema. Mend the field that the JSON pointer names.',
  ),
  UnknownEventType: entry(
    'TT002',
    422,
    false,
    'No such event type. Use one of the nearest names, or register the type first.',
  ),
  UnknownSchemaVersion: entry(
    'TT003',
    422,
    false,
    'The type has no such schema version. Publish a version the catalogue lists.',
  ),
  EventTooLarge: entry(
    'TT004',
    413,
    false,
    'The event is over the size limit. Store the bulk elsewhere and publish a reference, or raise the limit.',
  ),
  BatchTooLarge: entry('TT005', 413, false, 'The batch is over the limit. Split it.'),
  NulCharacter: entry(
    'TT006',
    422,
    false,
    'A string holds U+0000, which PostgreSQL cannot store. Remove or encode it.',
  ),
  LoneSurrogate: entry(
    'TT007',
    422,
    false,
    'A string holds half of a surrogate pair, which UTF-8 cannot carry. Send well-formed text.',
  ),
  UnsafeNumber: entry(
    'TT008',
    422,
    false,
    'A number is not finite, or an integer beyond 2^53 - 1. Send it as a string.',
  ),
  InvalidTimestamp: entry('TT009', 422, false, 'A time is not a valid RFC 3339 date-time with an offset.'),
  TimestampInFuture: entry(
    'TT010',
    422,
    false,
    'The event is dated more than 24 hours ahead. Check the clock of the producer.',
  ),
  InvalidArgument: entry('TT011', 400, false, 'An argument is not of the form that the call takes.'),
  InvalidFilter: entry(
    'TT012',
    400,
    false,
    'The filter does not fit the grammar. The message says at which character, and what is expected there.',
  ),
  EventIdReused: entry(
    'TT020',
    409,
    false,
    'This event_id is already used for another content. Give each event an id of its own.',
  ),
  VersionConflict: entry('TT021', 409, false, 'The stream has moved on. Read it again and decide anew.'),
  StreamNotVersioned: entry(
    'TT022',
    400,
    false,
    'expectedVersion needs an aggregate type that is declared as versioned.',
  ),
  TransactionWithExpectedVersion: entry(
    'TT023',
    400,
    false,
    'A transactional publish is placed in the log after commit, so it cannot check a version. Leave one of the two out.',
  ),
  ClockJumped: entry(
    'TT030',
    503,
    true,
    'The database clock is far ahead of the log. Check it; if it is right, confirm it with telltale doctor --confirm-clock.',
  ),
  LogsChanged: entry(
    'TT031',
    503,
    true,
    'The number of logs was raised while the batch was on its way. The library retries by itself.',
  ),
  InboxPending: entry(
    'TT032',
    503,
    true,
    'Committed inbox events of the same devices come first. The library moves them and retries by itself.',
  ),
  PartitionMissing: entry(
    'TT033',
    503,
    true,
    'No partition covers this time. The library makes it and retries; telltale doctor shows the partitions.',
  ),
  LogNotWritable: entry('TT034', 409, false, 'This log takes no events of this kind: imports have logs of their own.'),
  RecordedEventsAreImmutable: entry(
    'TT040',
    403,
    false,
    'Recorded events are never updated, deleted or truncated. Retention drops whole partitions.',
  ),
  PartitionNotDroppable: entry(
    'TT041',
    409,
    false,
    'The partition may not be dropped now. The message says what holds it.',
  ),
  InvalidCursor: entry(
    'TT050',
    400,
    false,
    'The cursor is damaged or was made by another call. Start again without one.',
  ),
  CursorAhead: entry(
    'TT051',
    409,
    false,
    'The cursor is ahead of the log, as after a restore from a backup. Start again from a cursor of this incarnation.',
  ),
  SubscriptionFenced: entry(
    'TT052',
    409,
    true,
    'Another process advanced this subscription. This one stops; the other goes on.',
  ),
  EventTypeExists: entry(
    'TT060',
    409,
    false,
    'The type is registered with another schema. Raise its version and say how older data is brought up.',
  ),
  InvalidEventType: entry('TT061', 422, false, 'The declaration of the event type is not valid.'),
  SchemaDrift: entry(
    'TT070',
    500,
    false,
    'The database differs from what this version expects. Run telltale migrate --check.',
  ),
  SchemaTooNew: entry(
    'TT071',
    500,
    false,
    'The database was migrated by a newer version that this one cannot work with. Upgrade this process.',
  ),
  NotMigrated: entry('TT072', 503, false, 'The database has no Telltale schema. Run telltale migrate.'),
  ConnectionFailed: entry(
    'TT080',
    503,
    true,
    'PostgreSQL cannot be reached. Check the address and that the server runs.',
  ),
  StatementTimeout: entry('TT081', 503, true, 'PostgreSQL did not finish in time. Try again, or raise the time-out.'),
  StoreClosed: entry('TT082', 503, false, 'The store was closed. Make a new one.'),
  QueryTooExpensive: entry(
    'TT083',
    422,
    false,
    'The question would take longer than reads may. Narrow it as the message says: a shorter time, one device, fewer types.',
  ),
  Unauthenticated: entry(
    'TT090',
    401,
    false,
    'The request has no valid token or ticket. Send Authorization: Bearer with a token that is signed, current and meant for this server.',
  ),
  Forbidden: entry(
    'TT091',
    403,
    false,
    'The token may not do this. docs/guide/identity.md says which role may do what; a tenant is confined to what is its own.',
  ),
  NotFound: entry('TT092', 404, false, 'Nothing is here for this token. Check the path and the id.'),
  MediaTypeUnsupported: entry(
    'TT093',
    415,
    false,
    'The body is of a media type that this route does not take. The message lists those that it does.',
  ),
  RequestTooLarge: entry(
    'TT094',
    413,
    false,
    'The body is over the limit of the server. Send it in parts, or as NDJSON.',
  ),
  TooManyRequests: entry(
    'TT095',
    429,
    true,
    'The token has used up its rate, or has too many streams open. Wait for as long as Retry-After says.',
  ),
  ServerStopping: entry('TT096', 503, true, 'The server is stopping. Try again: another one takes over.'),
  ServerBusy: entry(
    'TT097',
    503,
    true,
    'As much waits to be stored as memory may hold, because the database takes them too slowly or is away. Try again later, with fewer at once.',
  ),
  RequestTimedOut: entry(
    'TT098',
    408,
    true,
    'The request did not come whole within the time that the server waits for it. Send it faster, or in parts.',
  ),
  InternalError: entry(
    'TT099',
    500,
    false,
    'The server failed in a way that it does not know. Its log has the error under the request id of the answer.',
  ),
  IssuerUnavailable: entry(
    'TT100',
    503,
    true,
    'The keys of the issuer of tokens cannot be fetched. Look whether the server reaches the address of its JWKS; try again.',
  ),
} as const satisfies Record<string, FailureEntry>;

export type FailureCode = keyof typeof failures;

/** Where in a batch an error sits. */
export interface FailurePlace {
  /** Index of the event in the batch, from 0. */
  readonly index?: number;
  /** JSON pointer into the event, e.g. `/data/value`. */
  readonly pointer?: string;
  readonly expected?: unknown;
  readonly found?: unknown;
  /** In a filter's text: characters before the wrong place, and its length. */
  readonly offset?: number;
  readonly length?: number;
}

/** The one error class: a code of the table, a sentence, and where it happened. */
export class TelltaleError extends Error {
  readonly code: FailureCode;
  readonly place: FailurePlace;

  constructor(code: FailureCode, message: string, place: FailurePlace = {}, options?: ErrorOptions) {
    super(message, options);
    this.name = 'TelltaleError';
    this.code = code;
    this.place = place;
  }

  get retryable(): boolean {
    return failures[this.code].retryable;
  }
}

const bySqlstate = new Map<string, FailureCode>(
  (Object.keys(failures) as FailureCode[]).map((code) => [failures[code].sqlstate, code]),
);

/** The code a SQLSTATE stands for, or undefined when it is not ours. */
export function failureOfSqlstate(sqlstate: string): FailureCode | undefined {
  return bySqlstate.get(sqlstate);
}
