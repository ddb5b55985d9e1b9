/** What happens in the benchmark's history, how often, and what it says; the payloads are typed by the catalogue. */
import {
  catalogue,
  type DataOf,
  type EventActor,
  type FleetEventName,
  type Outcome,
  type Severity,
} from '@telltale/catalogue';
import type { Draw } from '../../packages/cli/src/fleet/draw.ts';
import { type BenchDevice, people } from './cast.ts';
import { message } from './text.ts';

/** What one event adds to the envelope that every event of its device shares. */
export interface Part {
  readonly name: FleetEventName;
  readonly data: unknown;
  readonly severity?: Severity | undefined;
  readonly aggregate?: string | undefined;
  readonly actor?: EventActor | undefined;
  readonly outcome?: Outcome | undefined;
  /** Whether it follows the event before it in the device's job. */
  readonly inJob?: boolean;
}

type Make = (draw: Draw, device: BenchDevice) => Part;
type More = Omit<Part, 'name' | 'data'>;

const apps = ['collector', 'mqtt-bridge', 'vision', 'historian', 'gateway', 'updater'] as const;
const image = (draw: Draw, name: string): string => `acme/${name}:${draw.integer(1, 4)}.${draw.integer(0, 20)}`;

/** `share` thousandths of all events. */
function lots<Name extends FleetEventName>(
  name: Name,
  share: number,
  make: (draw: Draw, device: BenchDevice) => readonly [data: DataOf<Name>, more?: More],
): Make[] {
  const one: Make = (draw, device) => {
    const [data, more] = make(draw, device);
    return { name, data, ...more };
  };
  return Array.from({ length: share }, () => one);
}

const container = (draw: Draw): readonly [{ container_name: string; app_name: string; image: string }, More] => {
  const name = draw.pick(apps);
  return [{ container_name: `${name}-1`, app_name: name, image: image(draw, name) }, { aggregate: name }];
};

/** Queued, started, five times on its way, and done: a chain of up to eight events. */
const job: Make = (draw, { job: { id, step } }) => {
  const common = { aggregate: id, inJob: true };
  if (step === 0) return { name: 'job.queued', data: { job_id: id, job_name: 'collect logs', priority: 5 }, ...common };
  if (step === 1) return { name: 'job.started', data: { job_id: id, attempt: 1 }, ...common };
  if (step < 7) {
    return { name: 'job.progress', data: { job_id: id, progress: step * 14, step: `${step} of 7` }, ...common };
  }
  if (draw.chance(0.1)) {
    return { name: 'job.failed', data: { job_id: id, error: message(draw) }, outcome: 'failure', ...common };
  }
  const data = { job_id: id, duration_ms: draw.integer(400, 90_000), exit_code: 0 };
  return { name: 'job.completed', data, outcome: 'success', ...common };
};

const rareTypes = catalogue.filter((type) => type.category !== 'audit' && type.category !== 'job');

/** Any type there is, as its own example has it. */
const rare: Make = (draw) => {
  const type = draw.pick(rareTypes);
  const data = draw.pick<unknown>(type.valid);
  return {
    name: type.name,
    data,
    aggregate: type.aggregate === 'device' ? undefined : `${type.aggregate}-${draw.integer(1, 50)}`,
  };
};

const telemetry: readonly Make[] = [
  ...lots('device.heartbeat', 300, (draw, { version }) => [
    {
      status: 'ok',
      uptime_seconds: draw.integer(60, 9_000_000),
      cpu_usage_percent: draw.decimal(1, 98),
      memory_usage_percent: draw.decimal(20, 90),
      temperature_celsius: draw.decimal(28, 82),
      agent_version: version,
    },
  ]),
  ...lots('device.metrics_threshold', 80, (draw) => [
    {
      metric: draw.pick(['cpu_usage_percent', 'memory_usage_percent', 'storage_usage_percent']),
      value: draw.decimal(60, 99),
      threshold: 60,
      operator: '>',
      unit: '%',
      duration_seconds: draw.integer(10, 600),
    },
  ]),
  ...lots('device.api_call', 60, (draw) => [
    {
      method: draw.pick(['GET', 'POST', 'PATCH'] as const),
      path: draw.pick(['/api/v1/device/state', '/api/v1/device/report', '/api/v1/device/logs']),
      status: draw.pick([200, 200, 200, 204, 304, 500]),
      duration_ms: draw.integer(2, 900),
      sample_rate: 0.01,
    },
  ]),
  ...lots('sensor.data_anomaly', 60, (draw) => {
    const sensor_id = draw.pick(['vibration-x', 'vibration-y', 'pressure-in', 'flow-out']);
    return [
      {
        sensor_id,
        anomaly_type: draw.pick(['spike', 'drift', 'noise'] as const),
        value: draw.decimal(50, 140),
        score: draw.decimal(3, 9),
        message: message(draw),
      },
      { aggregate: sensor_id },
    ];
  }),
];

const states: readonly Make[] = [
  ...lots('current_state.updated', 100, (draw) => {
    const running = apps
      .slice(0, 2)
      .map((name) => [name, { status: draw.chance(0.9) ? 'running' : 'restarting', image: image(draw, name) }]);
    return [{ state: { apps: Object.fromEntries(running) }, version: draw.integer(1, 400) }];
  }),
  ...lots('current_state.app_started', 30, (draw) => [{ app_name: draw.pick(apps) }]),
  ...lots('current_state.app_stopped', 25, (draw) => [{ app_name: draw.pick(apps), exit_code: 0 }]),
  ...lots('current_state.app_crashed', 8, (draw) => [
    { app_name: draw.pick(apps), exit_code: 137, error: message(draw) },
    { outcome: 'failure', severity: draw.chance(0.1) ? 'critical' : undefined },
  ]),
  ...lots('container.started', 40, container),
  ...lots('container.stopped', 30, container),
  ...lots('container.restarted', 20, container),
  ...lots('container.crashed', 4, container),
  ...lots('reconciliation.completed', 35, (draw) => [
    { actions_count: draw.integer(0, 9), success: true, duration_ms: draw.integer(20, 4_000) },
    { outcome: 'success' },
  ]),
  ...lots('reconciliation.failed', 5, (draw) => [{ error: message(draw) }, { outcome: 'failure' }]),
  ...lots('target_state.app_updated', 8, (draw) => {
    const app_name = draw.pick(apps);
    return [{ app_name, app_config: { image: image(draw, app_name) } }, { actor: draw.pick(people) }];
  }),
  ...lots('target_state.config_changed', 4, (draw) => [
    { config: { log_level: draw.pick(['debug', 'info', 'warning']), interval: draw.integer(1, 60) } },
    { actor: draw.pick(people) },
  ]),
];

const lives: readonly Make[] = [
  ...lots('device.diagnostics_run', 15, (draw) => [
    { test: 'memory', passed: draw.chance(0.9), message: message(draw) },
  ]),
  ...lots('device.online', 16, (draw) => [{ ip_address: `10.0.${draw.integer(0, 9)}.${draw.integer(1, 250)}` }]),
  ...lots('device.offline', 16, (draw) => [{ reason: message(draw), missed_heartbeats: 3 }]),
  ...lots('device.alert_triggered', 8, (draw) => [
    {
      alert_id: `a-${draw.integer(1, 400)}`,
      alert_name: 'high temperature',
      message: message(draw),
      value: draw.decimal(60, 110),
    },
  ]),
  ...lots('device.alert_resolved', 8, (draw) => [{ alert_id: `a-${draw.integer(1, 400)}` }]),
  ...lots('device.health_degraded', 5, (draw) => [
    { status: 'degraded', reason: message(draw), score: draw.integer(20, 70) },
  ]),
  ...lots('device.health_recovered', 5, () => [{ status: 'healthy', score: 98 }]),
  ...lots('device.security_scan', 4, (draw) => [
    { scanner: 'trivy', high_count: draw.integer(0, 3), passed: draw.chance(0.8) },
  ]),
  ...lots('device.firmware_updated', 3, (draw) => [
    { old_version: '4.1.9', new_version: draw.pick(['4.2.0', '4.2.1']), update_method: 'ota' },
    { actor: draw.pick(people), outcome: 'success' },
  ]),
  ...lots('device.rebooted', 4, (draw) => [{ trigger: 'watchdog', reason: message(draw), expected: false }]),
];

/** Thousandths of all events; the jobs take 105, the rare types 2. */
export const mix: readonly Make[] = [
  ...telemetry,
  ...states,
  ...lives,
  ...Array.from({ length: 105 }, () => job),
  rare,
  rare,
];

export const frequentTypes: readonly FleetEventName[] = [
  'device.heartbeat',
  'current_state.updated',
  'device.api_call',
];
/** Each is about one event in 40,000. */
export const rareTypeNames: readonly string[] = [
  'device.transferred',
  'volume.removed',
  'network.created',
  'device.archived',
];
