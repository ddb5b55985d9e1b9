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
  readonly willRetry?: boolean;
}

export interface JobEnd {
  readonly how: 'completed' | 'failed' | 'timeout' | 'cancelled';
  readonly told: Told;
}

/** Runs a job to its end. A device that is away lets it wait, at last until it runs out of time. */
export function* runJob(world: World, device: Device, plan: JobPlan, order: JobOrder): Story<JobEnd> {
  const id = world.draw.uuid();
  const job = { job_id: id, job_name: plan.name, job_type: plan.type };
  const attempt = order.attempt ?? 1;
  const queued = world.begin(
    device,
    'job.queued',
    {
      ...job,
      priority: world.draw.integer(1, 9),
      parameters: plan.parameters ?? {},
      timeout_ms: world.milliseconds(plan.seconds * 6),
    },
    {
      actor: order.actor,
      source: order.source,
      aggregate: id,
      ...(order.cause !== undefined && { cause: order.cause }),
    },
  );
  const queuedAt = world.now;
  yield world.draw.around(3);
  const waited = world.milliseconds(world.now - queuedAt);
  const started = world.tell(
    device,
    'job.started',
    { ...job, attempt, waited_ms: waited },
    { cause: queued, aggregate: id },
  );
  const failsAt = world.draw.chance(plan.failure.chance) ? world.draw.integer(1, plan.steps.length) : 0;
  const begun = world.now;
  for (const [index, step] of plan.steps.entries()) {
    yield world.draw.around(plan.seconds / plan.steps.length);
    const run = { ...job, id, index, step, begun, started, attempt, steps: plan.steps.length };
    if (!device.online) return expire(world, device, run, plan);
    if (failsAt === index + 1) return fail(world, device, run, plan, order.willRetry ?? false);
    const progress = Math.round(((index + 1) / (plan.steps.length + 1)) * 1000) / 10;
    world.tell(
      device,
      'job.progress',
      { ...job, progress, step, message: `${step}: done` },
      { cause: started, aggregate: id, severity: 'debug' },
    );
  }
  yield world.draw.around(1);
  const told = world.tell(
    device,
    'job.completed',
    { ...job, exit_code: 0, duration_ms: world.milliseconds(world.now - begun), result: { steps: plan.steps.length } },
    { cause: started, aggregate: id, outcome: 'success' },
  );
  return { how: 'completed', told };
}

interface JobRun {
  readonly job_id: string;
  readonly job_name: string;
  readonly job_type: string;
  readonly id: string;
  readonly index: number;
  readonly step: string;
  readonly steps: number;
  readonly begun: number;
  readonly started: Told;
  readonly attempt: number;
}

function fail(world: World, device: Device, run: JobRun, plan: JobPlan, willRetry: boolean): JobEnd {
  const told = world.tell(
    device,
    'job.failed',
    {
      job_id: run.job_id,
      job_name: run.job_name,
      job_type: run.job_type,
      step: run.step,
      attempt: run.attempt,
      exit_code: 1,
      error: plan.failure.error,
      error_code: plan.failure.code,
      will_retry: willRetry,
      duration_ms: world.milliseconds(world.now - run.begun),
    },
    { cause: run.started, aggregate: run.id, outcome: 'failure' },
  );
  return { how: 'failed', told };
}

function expire(world: World, device: Device, run: JobRun, plan: JobPlan): JobEnd {
  const told = world.tell(
    device,
    'job.timeout',
    {
      job_id: run.job_id,
      job_name: run.job_name,
      job_type: run.job_type,
      timeout_ms: world.milliseconds(plan.seconds * 6),
      progress: Math.round((run.index / run.steps) * 1000) / 10,
    },
    { cause: run.started, aggregate: run.id, outcome: 'failure', source: scheduler },
  );
  return { how: 'timeout', told };
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
    ? { actor: world.draw.pick(operators), source: api }
    : { actor: schedule('nightly'), source: scheduler };
  yield* runJob(world, device, plan, order);
}
