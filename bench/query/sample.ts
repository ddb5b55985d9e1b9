/** What the questions of the benchmark are about: events, devices and times drawn from what was loaded. */
import type { EventInput } from '@telltale/catalogue';
import { Draw } from '../../packages/cli/src/fleet/draw.ts';
import type { BenchDevice, Cast } from './cast.ts';
import { historyDays } from './history.ts';

const day = 86_400_000;
/** Events that are remembered: enough that hardly a question comes twice. */
const wanted = 20_000;

export interface SampledEvent {
  readonly id: string;
  readonly type: string;
  readonly correlation: string | null;
  readonly causation: string | null;
  readonly job: string | null;
}

/** Remembers an even share of the events that pass. */
export class Sampler {
  readonly events: SampledEvent[] = [];
  readonly #every: number;
  #seen = 0;

  constructor(events: number) {
    this.#every = Math.max(1, Math.floor(events / wanted));
  }

  *watch(events: Iterable<EventInput>): Generator<EventInput> {
    for (const event of events) {
      this.#seen += 1;
      if (this.#seen % this.#every === 0) this.events.push(sampled(event));
      yield event;
    }
  }
}

function sampled(event: EventInput): SampledEvent {
  return {
    id: event.event_id ?? '',
    type: event.event_type,
    correlation: event.correlation_id ?? null,
    causation: event.causation_id ?? null,
    job: event.event_type.startsWith('job.') ? (event.aggregate_id ?? null) : null,
  };
}

/** Draws what a question needs; the same seed draws the same. */
export class World {
  readonly draw: Draw;
  readonly #cast: Cast;
  /** The last moment of what was loaded, in milliseconds since 1970. */
  readonly #end: number;
  readonly #linked: readonly SampledEvent[];
  readonly #caused: readonly SampledEvent[];
  readonly #jobs: readonly SampledEvent[];

  constructor(seed: number, cast: Cast, end: number, sample: readonly SampledEvent[]) {
    this.draw = new Draw(seed);
    this.#cast = cast;
    this.#end = end;
    this.#linked = sample.filter(({ correlation }) => correlation !== null);
    this.#caused = sample.filter(({ causation }) => causation !== null);
    this.#jobs = sample.filter(({ job }) => job !== null);
  }

  /** A device as people look at them: by its activity. */
  device(): BenchDevice {
    return this.#cast.device(this.draw);
  }

  get big(): BenchDevice {
    return this.#cast.big;
  }

  correlation(): string {
    return this.draw.pick(this.#linked).correlation ?? '';
  }

  /** An event that others may follow from. */
  cause(): string {
    return this.draw.pick(this.#caused).causation ?? '';
  }

  caused(): string {
    return this.draw.pick(this.#caused).id;
  }

  job(): string {
    return this.draw.pick(this.#jobs).job ?? '';
  }

  /** A moment of the last so many days. */
  moment(days = historyDays): Date {
    return new Date(this.#end - this.draw.next() * days * day);
  }

  /** From a random moment on, for so many hours. */
  stretch(hours: number): [from: Date, to: Date] {
    const from = this.moment(historyDays - 1).getTime();
    return [new Date(from), new Date(from + hours * 3_600_000)];
  }

  /** So many days up to now. */
  recent(days: number): [from: Date, to: Date] {
    return [new Date(this.#end - days * day), new Date(this.#end)];
  }
}
