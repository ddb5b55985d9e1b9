/** What apps do of their own accord: crash, fail their health check, be stopped by hand. */
import { type App, type Device, presence } from './cast.ts';
import { containerOf, reconcile } from './reconcile.ts';
import type { Story, Told, World } from './world.ts';

const errors = [
  'connection to opc.tcp://10.0.0.4:4840 was reset',
  'unhandled exception: KeyError: register 40017',
  'panic: runtime error: index out of range [12] with length 12',
  'cannot open /data/queue.db: database disk image is malformed',
];

const isUntouched = (device: Device, app: App): boolean => app.running && device.online && !device.busy;

/** A container dies and is started again; one in five needs a second attempt. */
export function* crash(world: World, device: Device, app: App): Story {
  if (!isUntouched(device, app)) return;
  app.running = false;
  const killed = world.draw.chance(0.4);
  const exit_code = killed ? 137 : 1;
  const error = killed ? 'out of memory: the limit is 512 MiB' : world.draw.pick(errors);
  const crashed = world.begin(
    device,
    'container.crashed',
    { ...containerOf(app), exit_code, oom_killed: killed, error, restart_count: app.restarts },
    { aggregate: app.name, outcome: 'failure' },
  );
  const about = { app_name: app.name, container_id: app.container, exit_code, restart_count: app.restarts };
  world.tell(device, 'current_state.app_crashed', about, { cause: crashed });
  yield world.draw.around(3);
  yield* restart(world, device, app, crashed, 'restart policy: always');
  if (world.draw.chance(0.2)) yield* restart(world, device, app, crashed, 'restart policy: always');
  app.running = true;
}

function* restart(world: World, device: Device, app: App, cause: Told, reason: string): Story<Told> {
  app.restarts += 1;
  const told = world.tell(
    device,
    'container.restarted',
    { ...containerOf(app), restart_count: app.restarts, reason },
    { cause, aggregate: app.name },
  );
  yield world.draw.around(4);
  return told;
}

/** An app stops answering: three failed checks, a restart, healthy again. */
export function* hang(world: World, device: Device, app: App): Story {
  if (!isUntouched(device, app)) return;
  let cause: Told | undefined;
  for (let streak = 1; streak <= 3; streak++) {
    const told: Told = world.tell(
      device,
      'container.health_check_failed',
      { ...containerOf(app), check: 'GET /healthz', output: 'timeout after 5 s', exit_code: 1, failing_streak: streak },
      { aggregate: app.name, ...(cause === undefined ? { correlation: world.draw.uuid() } : { cause }) },
    );
    cause ??= told;
    yield world.draw.around(5);
  }
  if (cause === undefined || !device.online) return;
  const change = { app_name: app.name, old_health: 'healthy', new_health: 'unhealthy', reason: 'three failed checks' };
  const unhealthy = world.tell(device, 'current_state.app_health_changed', change, { cause });
  const restarted = yield* restart(world, device, app, unhealthy, 'health check');
  const recovery = { app_name: app.name, old_health: 'unhealthy', new_health: 'healthy', reason: 'answers again' };
  world.tell(device, 'current_state.app_health_changed', recovery, { cause: restarted, severity: 'info' });
}

/** Somebody stopped a container by hand: the drift is seen, and the agent starts it again. */
export function* drift(world: World, device: Device, app: App): Story {
  if (!isUntouched(device, app)) return;
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
