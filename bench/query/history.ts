/** The benchmark's history: 90 days of a fleet, made event by event, the same for the same seed and end. */
import type { EventInput, EventMetadata } from '@telltale/catalogue';
import { Draw } from '../../packages/cli/src/fleet/draw.ts';
import { type BenchDevice, Cast, newJob } from './cast.ts';
import { mix, type Part } from './mix.ts';

const day = 86_400_000;
export const historyDays = 90;
/** One event in two hundred comes late, by up to two days. */
const lateShare = 0.005;
const latest = 2 * day;
/** Events that one rollout causes on other devices before the next begins. */
const operationSize = 30;

export const castSeed = 11;
export const deviceCount = 10_000;

/** Six-digit UTC of microseconds; Date.toISOString knows milliseconds, and costs 0.4 us. */
const formatMicros = (micros: number): string =>
  `${new Date(Math.floor(micros / 1000)).toISOString().slice(0, -1)}${String(Math.floor(micros % 1000)).padStart(3, '0')}Z`;

export class History {
  readonly cast: Cast;
  readonly #draw: Draw;
  /** What people set going over many devices: its first event causes the others. */
  #operation: { correlation: string; root: string; left: number } | undefined;

  /** Every history has the same devices; the seed decides what happens on them. */
  constructor(seed: number) {
    this.cast = new Cast(castSeed, deviceCount);
    this.#draw = new Draw(seed);
  }

  /** `count` events between two moments in milliseconds since 1970, in order of what is recorded. */
  *between(from: number, to: number, count: number): Generator<EventInput> {
    const step = ((to - from) * 1000) / count;
    for (let index = 0; index < count; index += 1) {
      const micros = Math.floor(from * 1000 + (index + this.#draw.next()) * step);
      yield this.event(micros);
    }
  }

  /** The next event, at a time in microseconds since 1970. */
  event(micros: number): EventInput {
    const draw = this.#draw;
    const device = this.cast.device(draw);
    const part = draw.pick(mix)(draw, device);
    const event_id = draw.timedUuid(Math.floor(micros / 1000));
    const happened = draw.chance(lateShare) ? micros - Math.floor(draw.next() * latest * 1000) : micros;
    return {
      event_type: part.name,
      event_id,
      timestamp: formatMicros(happened),
      device_uuid: device.uuid,
      data: part.data,
      metadata: metadataOf(device, part),
      ...(part.aggregate !== undefined && { aggregate_id: part.aggregate }),
      ...(part.outcome !== undefined && { outcome: part.outcome }),
      ...this.#links(device, part, event_id),
    };
  }

  #links(device: BenchDevice, part: Part, id: string): { correlation_id?: string; causation_id?: string } {
    if (part.inJob === true) return followJob(this.#draw, device, part, id);
    if (part.actor !== undefined) {
      this.#operation ??= { correlation: this.#draw.uuid(), root: id, left: operationSize };
      const { correlation, root } = this.#operation;
      this.#operation.left -= 1;
      if (this.#operation.left === 0) this.#operation = undefined;
      return { correlation_id: correlation, ...(root !== id && { causation_id: root }) };
    }
    return {};
  }
}

function followJob(
  draw: Draw,
  device: BenchDevice,
  part: Part,
  id: string,
): { correlation_id: string; causation_id?: string } {
  const { job, cause } = device;
  const ended = part.name === 'job.completed' || part.name === 'job.failed';
  device.job = ended ? newJob(draw) : { ...job, step: job.step + 1 };
  device.cause = ended ? null : id;
  return { correlation_id: job.correlation, ...(cause !== null && { causation_id: cause }) };
}

function metadataOf(device: BenchDevice, part: Part): EventMetadata {
  return {
    actor: part.actor ?? { type: 'device', id: device.uuid, name: device.name },
    source: { service: 'agent', version: device.version, environment: 'production' },
    tags: device.tags,
    ...(part.severity !== undefined && { severity: part.severity }),
    ...(device.tenant !== undefined && { tenant: device.tenant }),
  };
}
