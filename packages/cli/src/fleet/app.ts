/** Apps: bringing a device to its target state, drift from it, containers that crash and come back. */
import type { App, Device } from './cast.ts';
import { presence } from './cast.ts';
import type { Story, Told, World } from './world.ts';

const image = (app: App): string => `registry.fleet.example/${app.name}:${app.version}`;

/** The document that target and current state are made of. */
export function stateOf(device: Device): Record<string, unknown> {
  return Object.fromEntries(device.apps.map((app) => [app.name, { image: image(app), replicas: 1 }]));
}

const containerOf = (app: App) => ({
  container_id: app.container,
  container_name: `${app.name}-1`,
  app_name: app.name,
});

/** Brings the apps to the target state: pull, create, start, report. Ends with a failure now and then, and is tried again. */
export function* reconcile(world: World, device: Device, apps: readonly App[], cause: Told): Story<boolean> {
  const id = world.draw.hex(12);
  const begun = world.now;
  const attempt = { reconciliation_id: id, target_version: device.stateVersion };
  const actions = apps.map((app) => `run ${app.name}:${app.version}`);
  const started = world.tell(
    device,
    'reconciliation.started',
    { ...attempt, actions_count: actions.length, actions },
    { cause },
  );
  for (const [index, app] of apps.entries()) {
    yield world.draw.around(4);
    if (!device.online || !(yield* install(world, device, app, started))) {
      const error = device.online ? `image ${image(app)}: manifest unknown` : 'the device went offline';
      world.tell(
        device,
        'reconciliation.failed',
        {
          ...attempt,
          error,
          failed_action: `run ${app.name}:${app.version}`,
          actions_completed: index,
          duration_ms: world.milliseconds(world.now - begun),
          will_retry: true,
        },
        { cause: started, outcome: 'failure' },
      );
      return false;
    }
  }
  yield world.draw.around(1);
  const done = { actions_count: actions.length, success: true, duration_ms: world.milliseconds(world.now - begun) };
  world.tell(device, 'reconciliation.completed', { ...attempt, ...done }, { cause: started, outcome: 'success' });
  report(world, device, started);
  return true;
}

function* install(world: World, device: Device, app: App, cause: Told): Story<boolean> {
  if (world.draw.chance(0.02)) {
    world.tell(
      device,
      'image.pull_failed',
      { image: image(app), app_name: app.name, error: 'manifest unknown', attempt: 1 },
      { cause, aggregate: app.name, outcome: 'failure' },
    );
    return false;
  }
  const pull = world.draw.around(3);
  yield pull;
  const pulled = world.tell(
    device,
    'image.pulled',
    {
      image: image(app),
      app_name: app.name,
      digest: `sha256:${world.draw.hex(64)}`,
      size_bytes: world.draw.integer(20, 400) * 1_048_576,
      duration_ms: world.milliseconds(pull),
    },
    { cause, aggregate: app.name },
  );
  if (app.running) {
    world.tell(
      device,
      'container.stopped',
      { ...containerOf(app), exit_code: 0, reason: 'replaced by a newer image' },
      { cause: pulled, aggregate: app.name },
    );
    app.running = false;
  }
  app.container = world.draw.hex(12);
  app.restarts = 0;
  const created = world.tell(
    device,
    'container.created',
    { ...containerOf(app), image: image(app), labels: { app: app.name, site: device.site.name } },
    { cause: pulled, aggregate: app.name },
  );
  yield world.draw.around(1);
  start(world, device, app, created);
  return true;
}

function start(world: World, device: Device, app: App, cause: Told): void {
  app.running = true;
  const started = world.tell(
    device,
    'container.started',
    { ...containerOf(app), image: image(app), startup_ms: world.draw.integer(80, 2400) },
    { cause, aggregate: app.name },
  );
  world.tell(
    device,
    'current_state.app_started',
    { app_name: app.name, container_id: app.container, image: image(app), version: app.version },
    { cause: started },
  );
}

/** The device reports its whole state. */
export function report(world: World, device: Device, cause?: Told): void {
  const apps = device.apps.map((app) => [
    app.name,
    {
      status: app.running ? 'running' : 'stopped',
      image: image(app),
      restarts: app.restarts,
      memory_mb: world.draw.integer(24, 900),
    },
  ]);
  const state = {
    apps: Object.fromEntries(apps),
    agent: device.firmware,
    uptime_seconds: world.secondsSince(device.bootedAt),
  };
  world.tell(
    device,
    'current_state.updated',
    { state, version: device.stateVersion },
    cause === undefined ? {} : { cause },
  );
}

/** A container dies, is seen to have died, and is started again; one in five needs a second attempt. */
export function* crash(world: World, device: Device, app: App): Story {
  if (!app.running || !device.online || device.busy) return;
  app.running = false;
  const killed = world.draw.chance(0.4);
  const crashed = world.begin(
    device,
    'container.crashed',
    {
      ...containerOf(app),
      image: image(app),
      exit_code: killed ? 137 : 1,
      oom_killed: killed,
      error: killed ? 'out of memory: the limit is 512 MiB' : world.draw.pick(crashes),
      restart_count: app.restarts,
    },
    { aggregate: app.name, outcome: 'failure' },
  );
  world.tell(
    device,
    'current_state.app_crashed',
    { app_name: app.name, container_id: app.container, exit_code: killed ? 137 : 1, restart_count: app.restarts },
    { cause: crashed },
  );
  yield world.draw.around(3);
  for (let attempt = 1; attempt <= (world.draw.chance(0.2) ? 2 : 1); attempt++) {
    app.restarts += 1;
    world.tell(
      device,
      'container.restarted',
      { ...containerOf(app), restart_count: app.restarts, reason: 'restart policy: always' },
      { cause: crashed, aggregate: app.name },
    );
    yield world.draw.around(4);
  }
  app.running = true;
  world.tell(
    device,
    'current_state.app_health_changed',
    { app_name: app.name, old_health: 'unhealthy', new_health: 'healthy', reason: 'running again' },
    { cause: crashed, severity: 'info' },
  );
}

const crashes = [
  'connection to opc.tcp://10.0.0.4:4840 was reset',
  'unhandled exception: KeyError: register 40017',
  'panic: runtime error: index out of range [12] with length 12',
  'cannot open /data/queue.db: database disk image is malformed',
];

/** Somebody stopped a container by hand: the agent sees the drift and starts it again. */
export function* drift(world: World, device: Device, app: App): Story {
  if (!app.running || !device.online || device.busy) return;
  device.busy = true;
  app.running = false;
  const stopped = world.begin(
    device,
    'container.stopped',
    { ...containerOf(app), exit_code: 143, reason: 'stopped by hand over SSH' },
    { aggregate: app.name, severity: 'warning' },
  );
  yield world.draw.around(8);
  const drifted = world.tell(
    device,
    'reconciliation.drift_detected',
    { drift_count: 1, differences: [`apps.${app.name}.status`], target_version: device.stateVersion },
    { cause: stopped, source: presence },
  );
  yield world.draw.around(2);
  yield* reconcile(world, device, [app], drifted);
  device.busy = false;
}
