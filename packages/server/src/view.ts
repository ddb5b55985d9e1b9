/** What a caller gets to see of an answer: the one place that takes out what would tell a tenant of the others. */
import { type Event, type Receipt, TelltaleError } from '@telltale/catalogue';
import type { EventChain, Gap, Verification } from '@telltale/store';
import type { Identity } from './identity/identity.ts';
import { Sealer } from './identity/seal.ts';

type Hidden = 'log' | 'position' | 'tier_position' | 'checksum';

/** An event as it goes over the wire; without places in the log for who is confined to a tenant. */
export type VisibleEvent<Of extends Event = Event> = Omit<Of, Hidden> & Partial<Pick<Of, Hidden>>;

type Placed = Extract<Receipt, { log: number }>;
export type VisibleReceipt =
  | (Omit<Placed, 'log' | 'position' | 'tier_position'> & Partial<Pick<Placed, 'log' | 'position' | 'tier_position'>>)
  | Extract<Receipt, { status: 'pending' }>;

export type VisibleGap = Pick<Gap, 'tier'> & Partial<Gap>;

export type VisibleVerification = Pick<Verification, 'event_id' | 'valid'> & Partial<Verification>;

export type VisibleChain = Omit<EventChain, 'nodes'> & {
  nodes: (Omit<EventChain['nodes'][number], 'event'> & { event: VisibleEvent | null })[];
};

/** Bytes that a log takes in a cursor at most: four numbers in brackets, as base64. */
const roomOfLog = 64;
const bracket = '['.charCodeAt(0);

/** Failures whose messages name places in the log; what a confined caller is told instead. */
const withoutPlaces: Readonly<Record<string, string>> = {
  EventIdReused: '/event_id: expected a new one, or the content recorded under it (found: other content)',
  CursorAhead: 'expected a cursor within the log (found: one ahead of it); the database was restored, start again',
};

/** The failure as a confined caller may know it. */
export function hidePlaces(error: TelltaleError): TelltaleError {
  const message = withoutPlaces[error.code];
  if (message === undefined) return error;
  const { index, pointer } = error.place;
  const place = { ...(index !== undefined && { index }), ...(pointer !== undefined && { pointer }) };
  return new TelltaleError(error.code, message, place, { cause: error });
}

export class View {
  /** Null: all tenants. */
  readonly tenant: string | null;
  readonly #sealer: Sealer;
  readonly #holder: string;

  constructor(tenant: string | null, sealer: Sealer) {
    this.tenant = tenant;
    this.#sealer = sealer;
    this.#holder = JSON.stringify(tenant);
  }

  /** A confined event has no checksum either: its content is known, so positions could be tried until one fits. */
  event<Of extends Event>(event: Of): VisibleEvent<Of> {
    if (this.tenant === null) return event;
    const { log: _log, position: _position, tier_position: _tier, checksum: _checksum, ...visible } = event;
    return visible;
  }

  events<Of extends Event>(events: readonly Of[]): VisibleEvent<Of>[] {
    return events.map((event) => this.event(event));
  }

  receipt(receipt: Receipt): VisibleReceipt {
    if (this.tenant === null || receipt.status === 'pending') return receipt;
    const { log: _log, position: _position, tier_position: _tier, ...visible } = receipt;
    return visible;
  }

  gap(gap: Gap): VisibleGap {
    return this.tenant === null ? gap : { tier: gap.tier };
  }

  verification(verification: Verification): VisibleVerification {
    return this.tenant === null ? verification : { event_id: verification.event_id, valid: verification.valid };
  }

  /** A cause that is another tenant's is told like one that nobody recorded. */
  chain(chain: EventChain): VisibleChain {
    const nodes = chain.nodes.map(({ event, missing, ...node }) => ({
      ...node,
      event: event === null ? null : this.event(event),
      missing:
        this.tenant !== null && missing?.reason === 'other_tenant' ? { reason: 'not_recorded' as const } : missing,
    }));
    return { ...chain, nodes };
  }

  failure(error: TelltaleError): TelltaleError {
    return this.tenant === null ? error : hidePlaces(error);
  }

  /** Who sees all tenants gets the library's own: there is nobody whose volume it could tell, and a seal takes 10 us. */
  sealCursor(cursor: string): string;
  sealCursor(cursor: string | null): string | null;
  sealCursor(cursor: string | null): string | null {
    if (cursor === null || this.tenant === null) return cursor;
    return this.#sealer.seal(cursor, this.#holder, roomOf(cursor));
  }

  /** @throws InvalidCursor for whatever this secret did not seal for this tenant; the store judges those of all tenants. */
  openCursor(sealed: string): string;
  openCursor(sealed: string | undefined): string | undefined;
  openCursor(sealed: string | undefined): string | undefined {
    if (sealed === undefined || this.tenant === null) return sealed;
    const cursor = this.#sealer.open(sealed, this.#holder);
    if (cursor !== undefined) return cursor;
    throw new TelltaleError(
      'InvalidCursor',
      'cursor: expected one that this server gave for this tenant (found: another); start again without one',
      { pointer: '/cursor' },
    );
  }
}

/** What the cursor would take if all its numbers were as long as can be: of how many logs it is, is no tenant's doing. */
function roomOf(cursor: string): number {
  // The sum behind the point is no part of it.
  const bytes = Buffer.from(cursor.split('.', 1)[0] as string, 'base64url');
  let lists = 0;
  for (const byte of bytes) if (byte === bracket) lists += 1;
  return lists * roomOfLog;
}

/** The views of a server; one a tenant is enough, and is made when it is needed. */
export function makeViews(secret: string): (identity: Pick<Identity, 'tenant'>) => View {
  const sealer = new Sealer(secret, 'cursor');
  return ({ tenant }) => new View(tenant, sealer);
}
