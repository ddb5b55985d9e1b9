/** A simulated fleet: the same seed, size, rate and start give the same events, in order of their timestamps, without end. */
import type { FleetEventInput } from '@telltale/catalogue';
import { noticeAnomaly, raiseAlert, spike } from './alert.ts';
import { crash, drift, hang } from './app.ts';
import { bear } from './birth.ts';
import { type Device, type KnownDevice, makeDevice, makeSites, type Site } from './cast.ts';
import { Draw } from './draw.ts';
import { runErrand } from './job.ts';
import { act } from './operator.ts';
import { callApi, dropOut, flap, hangUp, heartbeat, outage, wake } from './presence.ts';
import { report } from './reconcile.ts';
import { rollOut } from './rollout.ts';
import { rotateCredentials, scan } from './security.ts';
import { misread } from './sensor.ts';
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

/** Events that a device tells of in a life second, measured over three life hours of 200 devices and three seeds. */
const eventsPerLifeSecond = 0.1;
/** Life seconds over which the devices join: with 200 devices and 22 events each it takes the usual rate. */
const joining = 180;
/** Life seconds over which devices of an earlier run come back: they only have to connect. */
const waking = 30;

export class Fleet {
  readonly #world: World;
  readonly #names: ReadonlyMap<string, string>;
  #waiting: FleetEventInput[] = [];

  constructor(options: FleetOptions = {}) {
    const { seed = 1, devices: count = 200, rate = 200, start = Date.UTC(2026, 0, 15, 8), known } = options;
    const draw = new Draw(seed);
    const sites = makeSites();
    const devices = Array.from({ length: count }, (_, index) => makeDevice(draw, seed, index + 1, sites));
    this.#world = new World(draw, { sites, devices }, rate / (count * eventsPerLifeSecond), start);
    this.#names = new Map(devices.map(({ uuid, name, site }) => [uuid, `${site.name}/${name}`]));
    for (const device of devices) this.#enrol(device, known?.get(device.uuid));
    this.#runFleet(sites);
  }

  get devices(): number {
    return this.#world.devices.length;
  }

  get online(): number {
    return this.#world.devices.filter((device) => device.online).length;
  }

  /** What people call a device of the fleet. */
  nameOf(uuid: string): string | undefined {
    return this.#names.get(uuid);
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

  /** What each device does by itself; the numbers are life seconds between two times. */
  #enrol(device: Device, known: KnownDevice | undefined): void {
    const world = this.#world;
    const story = known === undefined ? bear(world, device) : wake(world, device, known);
    world.later(world.draw.next() * (known === undefined ? joining : waking), () => world.play(story));
    world.every(30, () => heartbeat(world, device));
    world.every(75, () => device.online && report(world, device));
    world.every(90, () => callApi(world, device));
    world.every(100, () => spike(world, device));
    world.every(400, () => world.play(runErrand(world, device)));
    world.every(500, () => world.play(misread(world, device)));
    world.every(1200, () => world.play(flap(world, device)));
    world.every(1800, () => world.play(raiseAlert(world, device)));
    world.every(2400, () => world.play(scan(world, device)));
    world.every(2400, () => world.play(crash(world, device, world.draw.pick(device.apps))));
    world.every(3000, () => world.play(hang(world, device, world.draw.pick(device.apps))));
    world.every(3600, () => world.play(dropOut(world, device)));
    world.every(3600, () => rotateCredentials(world, device));
    world.every(3600, () => noticeAnomaly(world, device));
    world.every(7200, () => world.play(hangUp(world, device)));
    world.every(7200, () => world.play(drift(world, device, world.draw.pick(device.apps))));
  }

  /** What happens to sites and to the fleet as a whole. */
  #runFleet(sites: readonly Site[]): void {
    const world = this.#world;
    for (const site of sites) world.often(3600, () => world.play(outage(world, site)));
    // A person for every hundred devices does something every two minutes.
    world.often(12_000 / world.devices.length, () => act(world));
    // The first rollout comes when everybody is in, so that whoever watches sees one.
    world.later(joining * 2, () => world.play(rollOut(world)));
    world.later(joining * 2, () => world.often(2400, () => world.play(rollOut(world))));
  }
}
