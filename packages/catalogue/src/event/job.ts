/** The life of a job on a device, from the queue to its end. Open to further fields: jobs carry what their kind needs. */
import { Type } from 'typebox';
import { eventType } from '../event-type.ts';
import { count, instant, metadata, milliseconds, name, open, percent, text } from '../field.ts';

const job = {
  job_id: name,
  job_name: Type.Optional(name),
  job_type: Type.Optional(name),
  execution_number: Type.Optional(count),
  metadata: Type.Optional(metadata),
};
const result = {
  exit_code: Type.Optional(Type.Integer()),
  duration_ms: Type.Optional(milliseconds),
  output: Type.Optional(Type.String({ maxLength: 16_000 })),
};

/**
 * Ends a job: it leaves the open ones, so that a device's state stays small however many jobs it has had,
 * and is remembered as the last one.
 */
function end<const Status extends string>(status: Status) {
  return [
    { op: 'remove', path: '/jobs/open/{job_id}' },
    { op: 'set', path: '/jobs/last', value: { status } },
    { op: 'set', path: '/jobs/last/job_id', from: '/job_id' },
    { op: 'set', path: '/jobs/last/job_name', from: '/job_name' },
    { op: 'set', path: '/jobs/last/at', from: '$timestamp' },
  ] as const;
}

export const jobs = [
  eventType({
    name: 'job.queued',
    aggregate: 'job',
    description: 'A job was added to the queue of a device.',
    category: 'job',
    severity: 'info',
    tier: 'standard',
    days: 90,
    schema: open({
      ...job,
      priority: Type.Optional(Type.Integer()),
      parameters: Type.Optional(metadata),
      scheduled_at: Type.Optional(instant),
      timeout_ms: Type.Optional(milliseconds),
    }),
    summary: 'Job {job_name|job_id} queued',
    icon: 'clock-plus',
    state: [
      { op: 'set', path: '/jobs/open/{job_id}', value: { status: 'queued' } },
      { op: 'set', path: '/jobs/open/{job_id}/job_name', from: '/job_name' },
      { op: 'set', path: '/jobs/open/{job_id}/queued_at', from: '$timestamp' },
    ],
    valid: [
      { job_id: 'f0f3a1de-2b0d-4a57-8d0d-6c1f1f3a2b1c', job_name: 'firmware 3.2.0', job_type: 'update', priority: 5 },
      { job_id: '17', parameters: { command: 'df' }, scheduled_at: '2025-11-14T02:00:00+01:00' },
    ],
    invalid: [
      { data: { job_name: 'firmware 3.2.0' }, pointer: '' },
      { data: { job_id: 17 }, pointer: '/job_id' },
    ],
  }),
  eventType({
    name: 'job.started',
    aggregate: 'job',
    description: 'A device began to run a job.',
    category: 'job',
    severity: 'info',
    tier: 'standard',
    days: 90,
    schema: open({ ...job, attempt: Type.Optional(count), waited_ms: Type.Optional(milliseconds) }),
    summary: 'Job {job_name|job_id} started',
    icon: 'player-play',
    state: [
      { op: 'set', path: '/jobs/open/{job_id}/status', value: 'running' },
      { op: 'set', path: '/jobs/open/{job_id}/job_name', from: '/job_name' },
      { op: 'set', path: '/jobs/open/{job_id}/started_at', from: '$timestamp' },
    ],
    valid: [
      { job_id: '17', attempt: 1 },
      { job_id: '18', job_name: 'collect logs', waited_ms: 1200 },
    ],
    invalid: [
      { data: {}, pointer: '' },
      { data: { job_id: '17', attempt: -1 }, pointer: '/attempt' },
    ],
  }),
  eventType({
    name: 'job.progress',
    aggregate: 'job',
    description: 'A running job said how far it is.',
    category: 'job',
    severity: 'debug',
    tier: 'debug',
    days: 7,
    schema: open({
      ...job,
      progress: percent,
      step: Type.Optional(name),
      message: Type.Optional(text),
    }),
    summary: 'Job {job_name|job_id} is at {progress} %[, {step}]',
    icon: 'progress',
    state: [
      { op: 'set', path: '/jobs/open/{job_id}/progress', from: '/progress' },
      { op: 'set', path: '/jobs/open/{job_id}/step', from: '/step' },
    ],
    valid: [
      { job_id: '17', progress: 40 },
      { job_id: '17', progress: 62.5, step: 'flash', message: 'writing slot B' },
    ],
    invalid: [
      { data: { job_id: '17' }, pointer: '' },
      { data: { job_id: '17', progress: 140 }, pointer: '/progress' },
    ],
  }),
  eventType({
    name: 'job.completed',
    aggregate: 'job',
    description: 'A job finished successfully.',
    category: 'job',
    severity: 'info',
    tier: 'important',
    days: 365,
    schema: open({ ...job, ...result, result: Type.Optional(metadata) }),
    summary: 'Job {job_name|job_id} completed[ in {duration_ms} ms]',
    icon: 'circle-check',
    state: end('completed'),
    valid: [
      { job_id: '17', duration_ms: 41250, exit_code: 0 },
      { job_id: '18', result: { files: 3 } },
    ],
    invalid: [
      { data: { duration_ms: 41250 }, pointer: '' },
      { data: { job_id: '17', exit_code: 'ok' }, pointer: '/exit_code' },
    ],
  }),
  eventType({
    name: 'job.failed',
    aggregate: 'job',
    description: 'A job ended with an error.',
    category: 'job',
    severity: 'error',
    tier: 'important',
    days: 365,
    schema: open({
      ...job,
      ...result,
      error: Type.Optional(text),
      error_code: Type.Optional(name),
      step: Type.Optional(name),
      attempt: Type.Optional(count),
      will_retry: Type.Optional(Type.Boolean()),
    }),
    summary: 'Job {job_name|job_id} failed[: {error}]',
    icon: 'circle-x',
    state: [...end('failed'), { op: 'set', path: '/jobs/last/error', from: '/error' }],
    valid: [
      { job_id: '17', error: 'signature does not match', exit_code: 1 },
      { job_id: '18', will_retry: true },
    ],
    invalid: [
      { data: { error: 'signature does not match' }, pointer: '' },
      { data: { job_id: '17', error: { message: 'no' } }, pointer: '/error' },
    ],
  }),
  eventType({
    name: 'job.cancelled',
    aggregate: 'job',
    description: 'A person cancelled a job.',
    category: 'job',
    severity: 'warning',
    tier: 'important',
    days: 365,
    schema: open({
      ...job,
      reason: Type.Optional(text),
      cancelled_by: Type.Optional(name),
      progress: Type.Optional(percent),
    }),
    personal: ['/cancelled_by'],
    summary: 'Job {job_name|job_id} cancelled[: {reason}]',
    icon: 'circle-off',
    state: end('cancelled'),
    valid: [
      { job_id: '17', reason: 'wrong ring' },
      { job_id: '18', progress: 12 },
    ],
    invalid: [
      { data: { job_id: '' }, pointer: '/job_id' },
      { data: { job_id: '17', cancelled_by: 4 }, pointer: '/cancelled_by' },
    ],
  }),
  eventType({
    name: 'job.timeout',
    aggregate: 'job',
    description: 'A job took longer than it may and was stopped.',
    category: 'job',
    severity: 'error',
    tier: 'important',
    days: 365,
    schema: open({
      ...job,
      timeout_ms: Type.Optional(milliseconds),
      duration_ms: Type.Optional(milliseconds),
      progress: Type.Optional(percent),
    }),
    summary: 'Job {job_name|job_id} ran out of time[ after {timeout_ms} ms]',
    icon: 'clock-x',
    state: end('timeout'),
    valid: [
      { job_id: '17', timeout_ms: 600000 },
      { job_id: '18', duration_ms: 600050, progress: 80 },
    ],
    invalid: [
      { data: { timeout_ms: 600000 }, pointer: '' },
      { data: { job_id: '17', timeout_ms: -1 }, pointer: '/timeout_ms' },
    ],
  }),
] as const;
