/** A fleet of which the truth is known: planted causes, and everything that looks like one. */
import { Random } from './random.ts';
import { deviceUuid, type GeneratedEvent } from './record.ts';

const day = 86_400;
const windowSeconds = 1800;
/** When the data of every fleet ends: a Sunday at noon, UTC. */
export const fleetEnd = Date.UTC(2026, 2, 29, 12) / 1000;

/** A cause and its effect; a negative strength: the effect stays away. */
export interface Plant {
  readonly cause: string;
  readonly effect: string;
  readonly strength: number;
  /** Mean seconds from cause to effect. */
  readonly lag: number;
  /** Causes, and effects without one, a device and day. */
  readonly rate: number;
  readonly base: number;
}

export const plants: readonly Plant[] = [
  { cause: 'target_state.updated', effect: 'reconciliation.started', strength: 0.4, lag: 240, rate: 1, base: 0.5 },
  { cause: 'device.rebooted', effect: 'device.vpn_disconnected', strength: 0.15, lag: 600, rate: 2, base: 0.05 },
  { cause: 'device.network_changed', effect: 'device.api_call', strength: 0.6, lag: 600, rate: 0.8, base: 6 },
  // The rare cause: some ninety of them in all.
  {
    cause: 'device.firmware_updated',
    effect: 'device.health_degraded',
    strength: 0.5,
    lag: 400,
    rate: 0.12,
    base: 0.1,
  },
  { cause: 'device.maintenance_mode', effect: 'job.progress', strength: -0.7, lag: 0, rate: 0.6, base: 24 },
];

export const commonCause = ['device.mqtt_disconnected', 'device.alert_triggered'] as const;
const rhythm = ['device.backup_created', 'device.diagnostics_run'] as const;
const bursty = ['current_state.app_crashed', 'device.metrics_threshold'] as const;
const heartbeat = 'device.heartbeat';
const background = [
  'device.config_exported',
  'device.tags_changed',
  'device.security_scan',
  'current_state.app_started',
];

/** Causes, and types that look like one. */
export const suspects: readonly string[] = [
  ...plants.map(({ cause }) => cause),
  ...commonCause,
  ...rhythm,
  ...bursty,
  heartbeat,
];

/** Every type that the fleet has. */
export const plantedTypes: readonly string[] = [...suspects, ...plants.map(({ effect }) => effect), ...background];

export interface PlantedOptions {
  readonly seed: number;
  readonly devices: number;
  readonly days: number;
  readonly end: number;
  /** Without planted causes: nothing is to be found. */
  readonly without?: boolean;
}

/** All events of the fleet, by time. */
export function plantFleet(options: PlantedOptions): GeneratedEvent[] {
  const fleet = new Fleet(options);
  for (let index = 0; index < options.devices; index++) fleet.addDevice(index);
  fleet.addShocks();
  return fleet.events.filter(({ at }) => at < options.end).sort((left, right) => left.at - right.at);
}

class Fleet {
  readonly events: GeneratedEvent[] = [];
  readonly #random: Random;
  readonly #options: PlantedOptions;
  readonly #begin: number;

  constructor(options: PlantedOptions) {
    this.#options = options;
    this.#random = new Random(options.seed);
    this.#begin = options.end - options.days * day;
  }

  addDevice(index: number): void {
    const device = this.#name(index);
    // One device in ten has three times as much of everything.
    const activity = index % 10 === 0 ? 3 : this.#random.between(0.3, 1.5);
    for (const plant of plants) this.#addPlant(device, plant, plant.rate * activity, plant.base * Math.sqrt(activity));
    for (const type of background) this.#push(device, type, this.#times(activity));
    for (const type of rhythm) this.#push(device, type, this.#times(6 * activity).filter(isOfficeHour));
    for (const type of bursty) this.#push(device, type, this.#times(0.2));
    if (index < 2) this.#addBursts(device);
    // A device at rest sends one every forty minutes, more or less.
    for (let at = this.#begin; at < this.#options.end; at += this.#random.between(2100, 2700)) {
      this.#push(device, heartbeat, [at]);
    }
  }

  /** Moments at which most of the fleet has both, within ten minutes, in either order. */
  addShocks(): void {
    for (let shock = 0; shock < this.#options.days; shock++) {
      const at = this.#random.between(this.#begin, this.#options.end);
      for (let index = 0; index < this.#options.devices; index++) {
        for (const type of commonCause) {
          if (this.#random.chance(0.6)) this.#push(this.#name(index), type, [at + this.#random.between(0, 600)]);
        }
      }
    }
  }

  #name(index: number): string {
    return deviceUuid(`${this.#options.seed} ${index}`);
  }

  #addPlant(device: string, plant: Plant, rate: number, base: number): void {
    const causes = this.#times(rate);
    const took = causes.filter(() => this.#random.chance(Math.abs(plant.strength)));
    let effects = this.#times(base);
    if (!this.#options.without && plant.strength < 0) {
      effects = effects.filter((at) => !took.some((cause) => at > cause && at <= cause + windowSeconds));
    } else if (!this.#options.without) {
      effects = [...effects, ...took.map((cause) => cause + plant.lag * this.#random.between(0.5, 1.5))];
    }
    this.#push(device, plant.cause, causes);
    this.#push(device, plant.effect, effects);
  }

  /** Two hours now and then in which both types come every few minutes. */
  #addBursts(device: string): void {
    for (const start of this.#times(0.4)) {
      for (const type of bursty) {
        for (let at = start; at < start + 7200; at += this.#random.exponential(240)) this.#push(device, type, [at]);
      }
    }
  }

  /** Times of independent events at a rate a day. */
  #times(rate: number): number[] {
    const times: number[] = [];
    for (let at = this.#begin; ; ) {
      at += this.#random.exponential(day / rate);
      if (at >= this.#options.end) return times;
      times.push(at);
    }
  }

  #push(device: string, type: string, times: readonly number[]): void {
    for (const at of times) this.events.push({ device, type, at });
  }
}

function isOfficeHour(at: number): boolean {
  const hour = (at % day) / 3600;
  return hour >= 8 && hour < 17;
}
