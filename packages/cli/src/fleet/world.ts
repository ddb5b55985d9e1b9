/** The world a fleet lives in: its clock, its agenda, its chance, and the events that come out of it. */
import type {
  DataOf,
  EventActor,
  EventMetadata,
  EventSource,
  FleetEventInput,
  FleetEventName,
  Outcome,
  Severity,
} from '@telltale/catalogue';
import { Agenda } from './agenda.ts';
import { type Device, environment, type Site } from './cast.ts';
import type { Draw } from './draw.ts';

/** What an event adds to what every event of its device has. */
export interface Detail {
  /** Who did it; default: the device, or nobody for telemetry. */
  readonly actor?: EventActor;
  /** Which service says so; default: the device's agent. */
  readonly source?: EventSource;
  /** The event that led to this one; the correlation goes on with it. */
  readonly cause?: Told;
  /** Correlates events without a common cause, such as those of one outage. */
  readonly correlation?: string;
  /** Id of what it happened to, when that is not the device. */
  readonly aggregate?: string;
  readonly severity?: Severity;
  readonly outcome?: Outcome;
  readonly request?: NonNullable<EventMetadata['request']>;
}

/** An event that others can name as their cause. */
export interface Told {
  readonly id: string;
  readonly correlation: string;
}

/** Something that takes time: a generator that yields pauses in life seconds, so that a story reads from top to bottom. */
export type Story<Result = void> = Generator<number, Result, void>;

export class World {
  readonly draw: Draw;
  readonly sites: readonly Site[];
  readonly devices: readonly Device[];
  /** Life seconds that pass in one second of the timestamps. */
  readonly tempo: number;
  readonly #agenda = new Agenda();
  readonly #start: number;
  #events: FleetEventInput[] = [];
  #now = 0;
  #lastMicros = 0;

  /** @param start milliseconds since 1970 of the first moment. */
  constructor(draw: Draw, cast: { sites: readonly Site[]; devices: readonly Device[] }, tempo: number, start: number) {
    this.draw = draw;
    this.sites = cast.sites;
    this.devices = cast.devices;
    this.tempo = tempo;
    this.#start = start;
  }

  /** Life seconds since the start. */
  get now(): number {
    return this.#now;
  }

  later(seconds: number, act: () => void): void {
    this.#agenda.add(this.#now + seconds, act);
  }

  /** Plays a story: each number it yields is a pause in life seconds. */
  play(story: Story): void {
    const step = (): void => {
      const { done, value } = story.next();
      if (done !== true) this.later(value, step);
    };
    step();
  }

  /** Again and again, around every `mean` life seconds, from a random part of the first interval on. */
  every(mean: number, act: () => void): void {
    const again = (): void => {
      act();
      this.later(this.draw.around(mean), again);
    };
    this.later(this.draw.next() * mean, again);
  }

  /** Again and again, after exponential waits of this mean: what nobody plans. */
  often(mean: number, act: () => void): void {
    const again = (): void => {
      act();
      this.later(this.draw.wait(mean), again);
    };
    this.later(this.draw.wait(mean), again);
  }

  /** Milliseconds of the timestamps that life seconds take: what a duration in a payload says. */
  milliseconds(seconds: number): number {
    return Math.round((seconds / this.tempo) * 1000);
  }

  /** Seconds of the timestamps since a moment of life. */
  secondsSince(moment: number): number {
    return Math.round((this.#now - moment) / this.tempo);
  }

  /** Records that something happened on a device. */
  tell<Name extends FleetEventName>(device: Device, name: Name, data: DataOf<Name>, detail: Detail = {}): Told {
    const micros = Math.max(
      this.#start * 1000 + Math.floor((this.#now / this.tempo) * 1_000_000),
      this.#lastMicros + 1,
    );
    this.#lastMicros = micros;
    const id = this.draw.timedUuid(Math.floor(micros / 1000));
    const correlation = detail.cause?.correlation ?? detail.correlation ?? null;
    const event = {
      event_id: id,
      event_type: name,
      timestamp: formatMicros(micros),
      device_uuid: device.uuid,
      data,
      metadata: describe(device, detail),
      ...(detail.aggregate !== undefined && { aggregate_id: detail.aggregate }),
      ...(correlation !== null && { correlation_id: correlation }),
      ...(detail.cause !== undefined && { causation_id: detail.cause.id }),
      ...(detail.outcome !== undefined && { outcome: detail.outcome }),
    };
    this.#events.push(event as FleetEventInput);
    return { id, correlation: correlation ?? id };
  }

  /** Begins a story: what follows from it shares its correlation id. */
  begin<Name extends FleetEventName>(device: Device, name: Name, data: DataOf<Name>, detail: Detail = {}): Told {
    return this.tell(device, name, data, { correlation: this.draw.uuid(), ...detail });
  }

  /** Lives up to a moment (milliseconds since 1970); answers with what happened. */
  liveUntil(millis: number): FleetEventInput[] {
    const end = ((millis - this.#start) / 1000) * this.tempo;
    while (this.#agenda.next <= end) this.#step();
    return this.#handOver();
  }

  /** Lives on until something was told; answers with it. */
  liveOn(): FleetEventInput[] {
    while (this.#events.length === 0) this.#step();
    return this.#handOver();
  }

  #step(): void {
    const appointment = this.#agenda.take();
    if (appointment === undefined) throw new Error('expected a fleet to live on (found: an empty agenda)');
    this.#now = appointment.at;
    appointment.act();
  }

  #handOver(): FleetEventInput[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }
}

function describe(device: Device, { actor, source, request, severity }: Detail): EventMetadata {
  return {
    // Telemetry is nobody's doing; what else an agent reports, the device did.
    ...(actor !== undefined && { actor }),
    ...(actor === undefined && severity !== 'debug' && { actor: { type: 'device', id: device.uuid } }),
    source: source ?? { service: 'agent', version: device.firmware, environment },
    tags: device.tags,
    ...(request !== undefined && { request }),
    ...(severity !== undefined && { severity }),
  };
}

/** Six-digit UTC text of microseconds since 1970. */
function formatMicros(micros: number): string {
  const millis = new Date(Math.floor(micros / 1000)).toISOString().slice(0, -1);
  return `${millis}${String(micros % 1000).padStart(3, '0')}Z`;
}
