/**
 * A new firmware for the fleet: canaries first, then a quarter, then the rest. Each device gets a job that may fail and
 * is tried again, restarts, and reports what it runs. Too many failures in a wave stop the rollout.
 */
import { api, type Device, operators, scheduler, system } from './cast.ts';
import { type JobPlan, runJob } from './job.ts';
import { reboot } from './presence.ts';
import type { Story, Told, World } from './world.ts';

const waves = [0.05, 0.25, 1] as const;
/** Attempts at one device. */
const attempts = 3;
/** Share of a wave that may fail before the rollout stops. */
const tolerated = 0.2;

interface Rollout {
  readonly id: string;
  readonly version: string;
  readonly correlation: string;
  readonly actor: (typeof operators)[number];
  readonly failed: Set<Device>;
}

/** The version after the newest in the fleet. */
function nextVersion(devices: readonly Device[]): string {
  const versions = devices.map(({ firmware }) => firmware.split('.').map(Number));
  const [major = 4, minor = 1] = versions.reduce<number[]>(
    (newest, version) => (isNewer(version, newest) ? version : newest),
    [],
  );
  return `${major}.${minor + 1}.0`;
}

function isNewer(version: readonly number[], other: readonly number[]): boolean {
  for (const [index, part] of version.entries()) {
    if (part !== (other[index] ?? -1)) return part > (other[index] ?? -1);
  }
  return false;
}

export function* rollOut(world: World): Story {
  const rollout: Rollout = {
    id: `r-${world.draw.hex(6)}`,
    version: nextVersion(world.devices),
    correlation: world.draw.uuid(),
    actor: world.draw.pick(operators),
    failed: new Set(),
  };
  const order = shuffle(world, world.devices);
  let done = 0;
  for (const share of waves) {
    const end = Math.max(done + 1, Math.round(order.length * share));
    const wave = order.slice(done, end);
    const before = rollout.failed.size;
    done = end;
    for (const [index, device] of wave.entries())
      world.later(index * 0.5, () => world.play(update(world, device, rollout)));
    // Half a second between starts, and a minute for the last to end: download, flash and restart take about 40 s.
    yield wave.length * 0.5 + 80;
    if (rollout.failed.size - before > Math.max(1, wave.length * tolerated)) return;
  }
}

function shuffle(world: World, devices: readonly Device[]): Device[] {
  const order = [...devices];
  for (let index = order.length - 1; index > 0; index--) {
    const other = world.draw.integer(0, index);
    [order[index], order[other]] = [order[other] as Device, order[index] as Device];
  }
  return order;
}

function* update(world: World, device: Device, rollout: Rollout): Story {
  for (let waited = 0; device.busy || !device.online; waited += 10) {
    // A device that is away all the time gets this version with the next rollout.
    if (waited > 120) return;
    yield 10;
  }
  device.busy = true;
  const wanted = world.tell(
    device,
    'target_state.config_changed',
    { new_config: { firmware: rollout.version }, changed_fields: ['firmware'], reason: `rollout ${rollout.id}` },
    { actor: rollout.actor, source: api, correlation: rollout.correlation },
  );
  const written = yield* tryToWrite(world, device, rollout, wanted);
  if (written !== undefined) yield* restartInto(world, device, rollout, written);
  else rollout.failed.add(device);
  device.busy = false;
}

function* tryToWrite(world: World, device: Device, { id, version }: Rollout, wanted: Told): Story<Told | undefined> {
  const plan: JobPlan = {
    name: `firmware ${version}`,
    type: 'update',
    steps: ['download', 'verify', 'write slot B', 'switch slot'],
    parameters: { version, rollout_id: id, channel: 'stable' },
    seconds: 24,
    failure: { chance: 0.08, ...world.draw.pick(failures) },
  };
  let cause = wanted;
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const willRetry = attempt < attempts;
    const order = { actor: system('rollout-controller'), source: scheduler, cause, attempt, willRetry };
    const { how, told } = yield* runJob(world, device, plan, order);
    if (how === 'completed') return told;
    cause = told;
    yield world.draw.around(10);
  }
  return undefined;
}

const failures = [
  { error: 'signature does not match', code: 'BAD_SIGNATURE' },
  { error: 'download broke off at 61 %: connection reset', code: 'DOWNLOAD_BROKEN' },
  { error: 'slot B: write error at block 20117', code: 'FLASH_ERROR' },
];

function* restartInto(world: World, device: Device, { id, version }: Rollout, cause: Told): Story {
  const begun = world.now;
  const old = device.firmware;
  // The restart is what switches: whatever the agent says from then on, the new version says.
  device.firmware = version;
  yield* reboot(world, device, 'update', { cause });
  world.tell(
    device,
    'device.firmware_updated',
    {
      component: 'agent',
      old_version: old,
      new_version: version,
      release_channel: 'stable',
      rollout_id: id,
      update_method: 'ota',
      duration_ms: world.milliseconds(world.now - begun),
    },
    { cause, outcome: 'success' },
  );
}
