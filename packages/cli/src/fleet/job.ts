/** Jobs: queued by somebody, started, under way, and ended one way or another; each step is caused by the one before. */
import type { EventActor, EventSource } from '@telltale/catalogue';
import { api, type Device, operators, schedule, scheduler } from './cast.ts';
import type { Story, Told, World } from './world.ts';

export interface JobPlan {
  readonly name: string;
  readonly type: string;
  readonly steps: readonly string[];
  readonly parameters?: Record<string, unknown>;
  /** Life seconds that it takes. */
  readonly seconds: number;
  readonly failure: { readonly chance: number; readonly error: string; readonly code: string };
}

export interface JobOrder {
  readonly actor: EventActor;
  readonly source: EventSource;
  readonly cause?: Told;
  readonly attempt?: number;
  /** Whether somebody orders it again when it fails. */
  readonly willRetry?: boolean;
  /** Chance that a person changes their mind. */
  readonly cancelled?: number;
}

export interface JobEnd {
  readonly how: 'completed' | 'failed' | 'timeout' | 'cancelled';
  readonly told: Told;
}

/** Runs a job to its end. */
export function runJob(world: World, device: Device, plan: JobPlan, order: JobOrder): Story<JobEnd> {
  return new Job(world, device, plan, order).run();
}

class Job {
  readonly #world: World;
  readonly #device: Device;
  readonly #plan: JobPlan;
  readonly #order: JobOrder;
  readonly #id: string;
  #begun = 0;

  constructor(world: World, device: Device, plan: JobPlan, order: JobOrder) {
    this.#world = world;
    this.#device = device;
    this.#plan = plan;
    this.#order = order;
    this.#id = world.draw.uuid();
  }

  *run(): Story<JobEnd> {
    const { draw } = this.#world;
    const { steps, seconds, failure } = this.#plan;
    const queued = this.#queue();
    const queuedAt = this.#world.now;
    yield draw.around(3);
    const started = this.#start(queued, queuedAt);
    const failsAt = draw.chance(failure.chance) ? draw.integer(0, steps.length - 1) : -1;
    const cancelledAt = draw.chance(this.#order.cancelled ?? 0) ? draw.integer(0, steps.length - 1) : -1;
    for (const [index, step] of steps.entries()) {
      yield draw.around(seconds / steps.length);
      if (!this.#device.online) return this.#expire(started, index);
      if (cancelledAt === index) return this.#cancel(started, index);
      if (failsAt === index) return this.#fail(started, step);
      this.#progress(started, index + 1, step);
    }
    yield draw.around(1);
    return this.#complete(started);
  }

  get #name() {
    return { job_id: this.#id, job_name: this.#plan.name, job_type: this.#plan.type };
  }

  get #took(): number {
    return this.#world.milliseconds(this.#world.now - this.#begun);
  }

  #percent(steps: number): number {
    return Math.round((steps / (this.#plan.steps.length + 1)) * 1000) / 10;
  }

  #queue(): Told {
    const { actor, source, cause } = this.#order;
    const { parameters = {}, seconds } = this.#plan;
    const timeout_ms = this.#world.milliseconds(seconds * 6);
    return this.#world.begin(
      this.#device,
      'job.queued',
      { ...this.#name, priority: this.#world.draw.integer(1, 9), parameters, timeout_ms },
      { actor, source, aggregate: this.#id, ...(cause !== undefined && { cause }) },
    );
  }

  #start(cause: Told, queuedAt: number): Told {
    this.#begun = this.#world.now;
    const waited_ms = this.#world.milliseconds(this.#begun - queuedAt);
    const attempt = this.#order.attempt ?? 1;
    return this.#world.tell(
      this.#device,
      'job.started',
      { ...this.#name, attempt, waited_ms },
      { cause, aggregate: this.#id },
    );
  }

  #progress(cause: Told, done: number, step: string): void {
    const data = { ...this.#name, progress: this.#percent(done), step };
    this.#world.tell(this.#device, 'job.progress', data, { cause, aggregate: this.#id, severity: 'debug' });
  }

  #complete(cause: Told): JobEnd {
    const data = { ...this.#name, exit_code: 0, duration_ms: this.#took };
    const detail = { cause, aggregate: this.#id, outcome: 'success' } as const;
    return { how: 'completed', told: this.#world.tell(this.#device, 'job.completed', data, detail) };
  }

  #fail(cause: Told, step: string): JobEnd {
    const { error, code } = this.#plan.failure;
    const { attempt = 1, willRetry = false } = this.#order;
    const told = this.#world.tell(
      this.#device,
      'job.failed',
      {
        ...this.#name,
        step,
        attempt,
        exit_code: 1,
        error,
        error_code: code,
        will_retry: willRetry,
        duration_ms: this.#took,
      },
      { cause, aggregate: this.#id, outcome: 'failure' },
    );
    return { how: 'failed', told };
  }

  /** The scheduler gives up on a device that is away. */
  #expire(cause: Told, done: number): JobEnd {
    const timeout_ms = this.#world.milliseconds(this.#plan.seconds * 6);
    const data = { ...this.#name, timeout_ms, progress: this.#percent(done) };
    const detail = { cause, aggregate: this.#id, outcome: 'failure', source: scheduler } as const;
    return { how: 'timeout', told: this.#world.tell(this.#device, 'job.timeout', data, detail) };
  }

  #cancel(cause: Told, done: number): JobEnd {
    const actor = this.#world.draw.pick(operators);
    const data = { ...this.#name, reason: 'wrong device', cancelled_by: actor.id, progress: this.#percent(done) };
    const detail = { cause, aggregate: this.#id, actor, source: api };
    return { how: 'cancelled', told: this.#world.tell(this.#device, 'job.cancelled', data, detail) };
  }
}

const errands: readonly JobPlan[] = [
  {
    name: 'collect logs',
    type: 'diagnostic',
    steps: ['gather', 'compress', 'upload'],
    parameters: { since: '1h', units: ['agent', 'kernel'] },
    seconds: 12,
    failure: { chance: 0.04, error: 'upload refused: 413 Payload Too Large', code: 'UPLOAD_TOO_LARGE' },
  },
  {
    name: 'back up configuration',
    type: 'backup',
    steps: ['snapshot', 'encrypt', 'upload', 'verify'],
    parameters: { target: 's3://fleet-backup', retention_days: 30 },
    seconds: 16,
    failure: { chance: 0.03, error: 'no space left on /var/lib/agent', code: 'ENOSPC' },
  },
  {
    name: 'calibrate sensors',
    type: 'maintenance',
    steps: ['idle', 'measure', 'adjust', 'check'],
    parameters: { tolerance: 0.5 },
    seconds: 20,
    failure: { chance: 0.06, error: 'reference out of tolerance: 1.2 instead of 0.5', code: 'REFERENCE_OFF' },
  },
  {
    name: 'prune images',
    type: 'housekeeping',
    steps: ['list', 'remove'],
    seconds: 8,
    failure: { chance: 0.02, error: 'image is in use by a stopped container', code: 'IMAGE_IN_USE' },
  },
];

/** One of the many small jobs of a day, by a person or the schedule. */
export function* runErrand(world: World, device: Device): Story {
  if (!device.online || device.busy) return;
  const plan = world.draw.pick(errands);
  const byHand = world.draw.chance(0.3);
  const order: JobOrder = byHand
    ? { actor: world.draw.pick(operators), source: api, cancelled: 0.05 }
    : { actor: schedule('nightly'), source: scheduler };
  yield* runJob(world, device, plan, order);
}
