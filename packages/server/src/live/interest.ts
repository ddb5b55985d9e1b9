/** What clients want to see: those who want the same share one test, and a device's followers are found by the device. */
import { type Event, type Filter, matchFilter, type PersonalLookup, parseFilter } from '@telltale/catalogue';
import type { Client } from './client.ts';

/** What one client follows. */
export interface Wish {
  /** Only events of this tenant. Null: of any. */
  readonly tenant: string | null;
  /** Only events of this device. Null: of any, and of none. */
  readonly device: string | null;
  /** In the grammar of the catalogue; empty for everything. */
  readonly filter: string;
}

export class Interest {
  readonly wish: Wish;
  readonly clients = new Set<Client>();
  /** Whether the filter says anything, which SQL is not asked for. */
  readonly isFiltered: boolean;
  readonly test: (event: Event) => boolean;

  constructor(wish: Wish, personal: PersonalLookup) {
    this.wish = wish;
    this.isFiltered = wish.filter.trim() !== '';
    this.test = compileWish(wish, parseFilter(wish.filter), personal);
  }
}

function compileWish({ tenant, device }: Wish, tree: Filter, personal: PersonalLookup): (event: Event) => boolean {
  const matches = matchFilter(tree, { personal, tenant });
  return device === null ? matches : (event) => event.device_uuid === device && matches(event);
}

/** All interests that somebody has now. */
export class InterestIndex {
  readonly #personal: PersonalLookup;
  readonly #all = new Map<string, Interest>();
  readonly #ofDevice = new Map<string, Set<Interest>>();
  readonly #ofFleet = new Set<Interest>();

  constructor(personal: PersonalLookup) {
    this.#personal = personal;
  }

  /** The interest of all who wish the same. @throws InvalidFilter */
  find(wish: Wish): Interest {
    const known = this.#all.get(keyOf(wish));
    return known ?? new Interest(wish, this.#personal);
  }

  add(client: Client): void {
    const { interest } = client;
    interest.clients.add(client);
    if (interest.clients.size > 1) return;
    const { device } = interest.wish;
    this.#all.set(keyOf(interest.wish), interest);
    if (device === null) {
      this.#ofFleet.add(interest);
      return;
    }
    const others = this.#ofDevice.get(device);
    if (others === undefined) this.#ofDevice.set(device, new Set([interest]));
    else others.add(interest);
  }

  remove(client: Client): void {
    const { interest } = client;
    if (!interest.clients.delete(client) || interest.clients.size > 0) return;
    const { device } = interest.wish;
    if (this.#all.get(keyOf(interest.wish)) === interest) this.#all.delete(keyOf(interest.wish));
    if (device === null) {
      this.#ofFleet.delete(interest);
      return;
    }
    const others = this.#ofDevice.get(device);
    others?.delete(interest);
    if (others?.size === 0) this.#ofDevice.delete(device);
  }

  /** Calls back for every interest that the event is of. */
  deliver(event: Event, to: (interest: Interest) => void): void {
    const ofDevice = event.device_uuid === null ? undefined : this.#ofDevice.get(event.device_uuid);
    if (ofDevice !== undefined) for (const interest of ofDevice) if (interest.test(event)) to(interest);
    for (const interest of this.#ofFleet) if (interest.test(event)) to(interest);
  }
}

function keyOf({ tenant, device, filter }: Wish): string {
  return JSON.stringify([tenant, device, filter]);
}
