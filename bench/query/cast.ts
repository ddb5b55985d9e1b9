/** Who takes part in the benchmark's history: 10,000 devices of unlike activity, the people, the tenants. */
import type { EventActor } from '@telltale/catalogue';
import { Draw } from '../../packages/cli/src/fleet/draw.ts';

/** The busiest device has this share of all events: 100,000 of 10 M. */
const bigShare = 0.01;
/** Exponent of the others' Zipf law: the second device has 0.66 %, the last one 0.0025 %. */
const zipf = 0.6;

export interface Job {
  readonly id: string;
  readonly correlation: string;
  /** Events so far. */
  step: number;
}

export interface BenchDevice {
  readonly uuid: string;
  readonly name: string;
  readonly tags: Record<string, string>;
  readonly version: string;
  readonly tenant: { readonly id: string; readonly name: string } | undefined;
  job: Job;
  /** Id of the newest event of the job; null before its first. */
  cause: string | null;
}

export const sites = ['rotterdam', 'gdansk', 'porto', 'lyon', 'turin', 'brno'] as const;
export const models = ['rpi4-8g', 'x86-nuc', 'jetson-nx'] as const;
export const tenants = ['acme', 'globex', 'initech', 'umbrella'].map((id) => ({ id, name: `${id} Ltd` }));

export const people: readonly EventActor[] = Array.from({ length: 12 }, (_, index) => ({
  type: 'user',
  id: `operator-${index + 1}`,
  name: `Operator ${index + 1}`,
}));

export function newJob(draw: Draw): Job {
  return { id: draw.uuid(), correlation: draw.uuid(), step: 0 };
}

function makeDevice(draw: Draw, number: number): BenchDevice {
  const site = draw.pick(sites);
  return {
    uuid: draw.uuid(),
    name: `edge-${site}-${String(number).padStart(5, '0')}`,
    tags: { site, line: `line-${draw.integer(1, 12)}`, model: draw.pick(models) },
    version: draw.pick(['4.1.9', '4.2.0', '4.2.1']),
    tenant: draw.chance(0.2) ? draw.pick(tenants) : undefined,
    job: newJob(draw),
    cause: null,
  };
}

export class Cast {
  readonly devices: readonly BenchDevice[];
  /** Of each device: the share of events that it and those before it have. */
  readonly #upTo: Float64Array;

  constructor(seed: number, count: number) {
    const draw = new Draw(seed);
    this.devices = Array.from({ length: count }, (_, number) => makeDevice(draw, number));
    const weights = this.devices.map((_, index) => (index === 0 ? 0 : (index + 1) ** -zipf));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    let sum = bigShare;
    this.#upTo = Float64Array.from(weights, (weight) => (sum += (weight / total) * (1 - bigShare)));
  }

  /** The busiest one. */
  get big(): BenchDevice {
    return this.devices[0] as BenchDevice;
  }

  /** A device, drawn by activity. */
  device(draw: Draw): BenchDevice {
    const point = draw.next();
    let [low, high] = [0, this.devices.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#upTo[middle] ?? 1) > point) high = middle;
      else low = middle + 1;
    }
    return this.devices[low] as BenchDevice;
  }
}
