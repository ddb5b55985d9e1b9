/** Metrics that cross their thresholds, alerts that fire, what is done about them, and how they clear. */
import { alerting, analytics, api, type Device, operators, system } from './cast.ts';
import type { Story, Told, World } from './world.ts';

interface AlertRule {
  readonly name: string;
  readonly metric: string;
  readonly threshold: number;
  readonly top: number;
  readonly unit: string;
  readonly component: string;
  readonly test: string;
}

const rules: readonly AlertRule[] = [
  {
    name: 'high temperature',
    metric: 'temperature',
    threshold: 80,
    top: 97,
    unit: '°C',
    component: 'soc',
    test: 'fan',
  },
  {
    name: 'disk nearly full',
    metric: 'disk_usage',
    threshold: 90,
    top: 99,
    unit: '%',
    component: 'disk',
    test: 'disk',
  },
  {
    name: 'memory pressure',
    metric: 'memory_usage',
    threshold: 88,
    top: 99,
    unit: '%',
    component: 'memory',
    test: 'memory',
  },
  { name: 'high load', metric: 'cpu_usage', threshold: 92, top: 100, unit: '%', component: 'cpu', test: 'load' },
];

function cross(world: World, device: Device, rule: AlertRule, cause?: Told): Told {
  const value = world.draw.decimal(rule.threshold, rule.top);
  const data = {
    metric: rule.metric,
    value,
    threshold: rule.threshold,
    operator: '>' as const,
    unit: rule.unit,
    duration_seconds: world.milliseconds(30) / 1000,
  };
  if (cause !== undefined) return world.tell(device, 'device.metrics_threshold', data, { cause });
  return world.begin(device, 'device.metrics_threshold', data);
}

/** A metric is over its threshold once, and back again: most of what crosses a threshold is nothing. */
export function spike(world: World, device: Device): void {
  if (device.online) cross(world, device, world.draw.pick(rules));
}

/** A metric stays over its threshold: an alert, now and then a person who looks, and the end of it. */
export function* raiseAlert(world: World, device: Device): Story {
  const rule = world.draw.pick(rules);
  if (!device.online || device.busy || device.alerts.has(rule.name)) return;
  device.alerts.add(rule.name);
  const first = cross(world, device, rule);
  yield world.draw.around(10);
  cross(world, device, rule, first);
  yield world.draw.around(10);
  const alert_id = `a-${world.draw.hex(8)}`;
  const raisedAt = world.now;
  const raised = trigger(world, device, rule, alert_id, first);
  const severe = world.draw.chance(0.4);
  if (severe) degrade(world, device, rule, raised);
  yield world.draw.around(30);
  if (severe && world.draw.chance(0.6)) yield* diagnose(world, device, rule, raised);
  yield world.draw.around(60);
  while (!device.online) yield 10;
  device.alerts.delete(rule.name);
  const cleared = world.tell(
    device,
    'device.alert_resolved',
    {
      alert_id,
      alert_name: rule.name,
      resolution: `${rule.metric} is back under ${rule.threshold} ${rule.unit}`,
      duration_seconds: world.secondsSince(raisedAt),
    },
    { cause: raised, actor: system('alerting'), source: alerting },
  );
  if (severe) recover(world, device, rule, cleared);
}

function trigger(world: World, device: Device, rule: AlertRule, alert_id: string, cause: Told): Told {
  const value = world.draw.decimal(rule.threshold, rule.top);
  return world.tell(
    device,
    'device.alert_triggered',
    {
      alert_id,
      alert_name: rule.name,
      rule_id: `rule-${rule.metric}`,
      level: 'warning',
      message: `${rule.metric} is ${value} ${rule.unit}`,
      metric: rule.metric,
      value,
      threshold: rule.threshold,
      component: rule.component,
    },
    { cause, actor: system('alerting'), source: alerting },
  );
}

function degrade(world: World, device: Device, rule: AlertRule, cause: Told): void {
  const score = world.draw.integer(30, 70);
  const data = {
    status: 'degraded',
    previous_status: 'healthy',
    score,
    component: rule.component,
    reason: rule.name,
  } as const;
  world.tell(device, 'device.health_degraded', data, { cause, source: alerting });
}

function recover(world: World, device: Device, rule: AlertRule, cause: Told): void {
  const score = world.draw.integer(85, 100);
  const data = { status: 'healthy', previous_status: 'degraded', score, component: rule.component } as const;
  world.tell(device, 'device.health_recovered', data, { cause, source: alerting });
}

/** A person runs a test because of the alert. */
function* diagnose(world: World, device: Device, rule: AlertRule, cause: Told): Story {
  const seconds = world.draw.around(6);
  yield seconds;
  if (!device.online) return;
  const passed = world.draw.chance(0.7);
  const duration_ms = world.milliseconds(seconds);
  const data = {
    test: rule.test,
    passed,
    duration_ms,
    triggered_by: 'alert',
    ...(!passed && { message: 'out of range' }),
  } as const;
  const request = { id: world.draw.uuid(), method: 'POST', path: `/v1/devices/${device.uuid}/diagnostics` };
  world.tell(device, 'device.diagnostics_run', data, {
    cause,
    actor: world.draw.pick(operators),
    source: api,
    request,
  });
}

/** Analytics sees what no threshold does. */
export function noticeAnomaly(world: World, device: Device): void {
  if (!device.online) return;
  const { draw } = world;
  const expected = draw.decimal(1, 4);
  const data = {
    metric: 'event_rate',
    anomaly_type: 'burst',
    value: draw.decimal(8, 40),
    expected,
    score: draw.decimal(3, 9),
    detector: 'mad',
  };
  world.tell(device, 'device.anomaly_detected', data, { actor: system('analytics'), source: analytics });
}
