/** How a device comes to run what its target state asks for: pull, create, start, report; and what it reports. */
import type { App, Device } from './cast.ts';
import type { Story, Told, World } from './world.ts';

const image = (app: App): string => `registry.fleet.example/${app.name}:${app.version}`;

/** The document that target and current state are made of. */
export function stateOf(device: Device): Record<string, unknown> {
  return Object.fromEntries(device.apps.map((app) => [app.name, { image: image(app) }]));
}

interface ContainerName {
  container_id: string;
  container_name: string;
  app_name: string;
}

export const containerOf = (app: App): ContainerName => ({
  container_id: app.container,
  container_name: `${app.name}-1`,
  app_name: app.name,
});

/** Brings apps to the target state. Fails now and then; the caller tries again. */
export function* reconcile(world: World, device: Device, apps: readonly App[], cause: Told): Story<boolean> {
  const begun = world.now;
  const attempt = { reconciliation_id: world.draw.hex(12), target_version: device.stateVersion };
  const actions = apps.map((app) => `run ${app.name}:${app.version}`);
  const told = { ...attempt, actions_count: actions.length, actions };
  const started = world.tell(device, 'reconciliation.started', told, { cause });
  for (const [index, app] of apps.entries()) {
    yield world.draw.around(4);
    if (device.online && (yield* install(world, device, app, started))) continue;
    world.tell(
      device,
      'reconciliation.failed',
      {
        ...attempt,
        error: device.online ? `${image(app)}: manifest unknown` : 'the device went offline',
        failed_action: `run ${app.name}:${app.version}`,
        actions_completed: index,
        duration_ms: world.milliseconds(world.now - begun),
        will_retry: true,
      },
      { cause: started, outcome: 'failure' },
    );
    return false;
  }
  yield world.draw.around(1);
  const done = { actions_count: actions.length, success: true, duration_ms: world.milliseconds(world.now - begun) };
  world.tell(device, 'reconciliation.completed', { ...attempt, ...done }, { cause: started, outcome: 'success' });
  report(world, device, started);
  return true;
}

/** Three attempts, as the agent makes before it waits for a new target state. */
export function* reconcilePatiently(world: World, device: Device, apps: () => readonly App[], cause: Told): Story {
  for (let attempt = 0; attempt < 3; attempt++) {
    if (yield* reconcile(world, device, apps(), cause)) return;
    yield world.draw.around(12);
  }
}

function* install(world: World, device: Device, app: App, cause: Told): Story<boolean> {
  const pulled = yield* pull(world, device, app, cause);
  if (pulled === undefined) return false;
  if (app.running) {
    const why = { exit_code: 0, reason: 'replaced by a newer image' };
    world.tell(device, 'container.stopped', { ...containerOf(app), ...why }, { cause: pulled, aggregate: app.name });
  }
  app.container = world.draw.hex(12);
  app.restarts = 0;
  const labels = { app: app.name, managed: 'agent' };
  const created = world.tell(
    device,
    'container.created',
    { ...containerOf(app), image: image(app), labels },
    { cause: pulled, aggregate: app.name },
  );
  yield world.draw.around(1);
  app.running = true;
  const started = world.tell(
    device,
    'container.started',
    { ...containerOf(app), image: image(app), startup_ms: world.draw.integer(80, 2400) },
    { cause: created, aggregate: app.name },
  );
  world.tell(
    device,
    'current_state.app_started',
    { app_name: app.name, container_id: app.container, version: app.version },
    { cause: started },
  );
  return true;
}

/** One pull in fifty fails: the tag is not there yet. */
function* pull(world: World, device: Device, app: App, cause: Told): Story<Told | undefined> {
  const detail = { cause, aggregate: app.name };
  const name = { image: image(app), app_name: app.name };
  if (world.draw.chance(0.02)) {
    world.tell(
      device,
      'image.pull_failed',
      { ...name, error: 'manifest unknown', attempt: 1 },
      { ...detail, outcome: 'failure' },
    );
    return undefined;
  }
  const seconds = world.draw.around(3);
  yield seconds;
  const size_bytes = world.draw.integer(20, 400) * 1_048_576;
  return world.tell(device, 'image.pulled', { ...name, size_bytes, duration_ms: world.milliseconds(seconds) }, detail);
}

/** The device reports its whole state. */
export function report(world: World, device: Device, cause?: Told): void {
  const apps = device.apps.map((app): [string, unknown] => [
    app.name,
    { status: app.running ? 'running' : 'stopped', version: app.version },
  ]);
  const state = { apps: Object.fromEntries(apps), agent: device.firmware };
  const detail = cause === undefined ? {} : { cause };
  world.tell(device, 'current_state.updated', { state, version: device.stateVersion }, detail);
}
