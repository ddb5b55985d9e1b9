/** A simulated fleet: the same seed, size, rate and start give the same events, in order of their timestamps, without end. */
import type { FleetEventInput } from '@telltale/catalogue';
import { crash, drift, report } from './app.ts';
import { bear } from './birth.ts';
import { type Device, type KnownDevice, makeDevice, makeSites } from './cast.ts';
import { Draw } from './draw.ts';
import { runErrand } from './job.ts';
import { callApi, dropOut, heartbeat, outage, wake } from './presence.ts';
import { World } from './world.ts';

export interface FleetOptions {
  /** Default 1. */
  readonly seed?: number;
  /** Default 200, at least 1. */
  readonly devices?: number;
  /** Events a second of the timestamps, on average. Default 200. */
  readonly rate?: number;
  /** Timestamp of the first moment, in milliseconds since 1970. Default 2026-01-15T08:00:00Z. */
  readonly start?: number;
  /** Devices that are in the fleet already, by UUID: they come back instead of being provisioned. */
  readonly known?: ReadonlyMap<string, KnownDevice>;
}

/** Events that a device tells of in a life second, measured over an hour of 200 devices and several seeds. */
const eventsPerLifeSecond = 0.12;
/** Life seconds over which the devices join: with 200 devices and 22 events each it takes the usual rate. */
const joining = 180;

export class Fleet {
  readonly #world: World;
  #waiting: FleetEventInput[] = [];

  constructor(options: FleetOptions = {}) {
    const { seed = 1, devices: count = 200, rate = 200, start = Date.UTC(2026, 0, 15, 8), known } = options;
    const draw = new Draw(seed);
    const sites = makeSites();
    const devices = Array.from({ length: count }, (_, index) => makeDevice(draw, seed, index + 1, sites));
    this.#world = new World(draw, { sites, devices }, rate / (count * eventsPerLifeSecond), start);
    for (const device of devices) this.#enrol(device, known?.get(device.uuid));
    for (const site of sites) this.#world.later(draw.wait(1800), () => this.#troubleSite(site.number - 1));
  }

  get devices(): number {
    return this.#world.devices.length;
  }

  get online(): number {
    return this.#world.devices.filter((device) => device.online).length;
  }

  /** The next `count` events. */
  take(count: number): FleetEventInput[] {
    while (this.#waiting.length < count) this.#waiting.push(...this.#world.liveOn());
    return this.#waiting.splice(0, count);
  }

  /** What happened up to a moment, in milliseconds since 1970. */
  liveUntil(millis: number): FleetEventInput[] {
    return [...this.#waiting.splice(0), ...this.#world.liveUntil(millis)];
  }

  #enrol(device: Device, known: KnownDevice | undefined): void {
    const world = this.#world;
    const story = known === undefined ? bear(world, device) : wake(world, device, known);
    world.later(world.draw.next() * (known === undefined ? joining : 20), () => world.play(story));
    world.every(30, () => heartbeat(world, device));
    world.every(60, () => device.online && report(world, device));
    world.every(90, () => callApi(world, device));
    world.every(300, () => world.play(runErrand(world, device)));
    world.every(1800, () => world.play(crash(world, device, world.draw.pick(device.apps))));
    world.every(3600, () => world.play(drift(world, device, world.draw.pick(device.apps))));
    world.every(2400, () => world.play(dropOut(world, device)));
  }

  #troubleSite(index: number): void {
    const world = this.#world;
    const site = world.sites[index];
    if (site !== undefined) world.play(outage(world, site));
    world.later(world.draw.wait(2400), () => this.#troubleSite(index));
  }
}
