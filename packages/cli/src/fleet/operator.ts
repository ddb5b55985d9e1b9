/** What people do: restart, change, maintain, move, describe, export. Each is one story with its person in it. */
import type { EventActor } from '@telltale/catalogue';
import { api, type Device, operators } from './cast.ts';
import { connect, disconnect, reboot } from './presence.ts';
import { reconcilePatiently } from './reconcile.ts';
import { lendAccess } from './security.ts';
import type { Detail, Story, World } from './world.ts';

type Deed = (world: World, device: Device) => Story;

/** What a person's call to the API leaves in an event. */
function by(world: World, actor: EventActor, method: string, path: string): Detail {
  return { actor, source: api, request: { id: world.draw.uuid(), method, path } };
}

/** A person picks a device and does something to it. */
export function act(world: World): void {
  const device = world.draw.pick(world.devices);
  if (device.online && !device.busy) world.play(world.draw.pick(deeds)(world, device));
}

const updateApp: Deed = function* (world, device) {
  device.busy = true;
  const app = world.draw.pick(device.apps);
  const old = app.version;
  const [major = '1', minor = '0'] = old.split('.');
  app.version = `${major}.${Number(minor) + 1}`;
  device.stateVersion += 1;
  const image = (version: string) => ({ image: `registry.fleet.example/${app.name}:${version}` });
  const updated = world.begin(
    device,
    'target_state.app_updated',
    {
      app_name: app.name,
      old_version: old,
      new_version: app.version,
      old_config: image(old),
      new_config: image(app.version),
      changed_fields: ['image'],
      version: device.stateVersion,
    },
    by(world, world.draw.pick(operators), 'PATCH', `/v1/devices/${device.uuid}/target`),
  );
  yield world.draw.around(3);
  yield* reconcilePatiently(world, device, () => [app], updated);
  device.busy = false;
};

const changeConfig: Deed = function* (world, device) {
  device.busy = true;
  device.stateVersion += 1;
  const [log_level, before] = world.draw.chance(0.5) ? ['debug', 'info'] : ['info', 'debug'];
  const changed = world.begin(
    device,
    'target_state.config_changed',
    {
      old_config: { log_level: before },
      new_config: { log_level },
      changed_fields: ['log_level'],
      version: device.stateVersion,
    },
    by(world, world.draw.pick(operators), 'PATCH', `/v1/devices/${device.uuid}/config`),
  );
  yield world.draw.around(3);
  yield* reconcilePatiently(world, device, () => [], changed);
  device.busy = false;
};

const restartDevice: Deed = function* (world, device) {
  device.busy = true;
  const detail = by(world, world.draw.pick(operators), 'POST', `/v1/devices/${device.uuid}/reboot`);
  yield* reboot(world, device, 'user', { ...detail, correlation: world.draw.uuid() });
  device.busy = false;
};

const maintain: Deed = function* (world, device) {
  device.busy = true;
  const actor = world.draw.pick(operators);
  const ticket = `OPS-${world.draw.integer(1000, 9999)}`;
  const path = `/v1/devices/${device.uuid}/maintenance`;
  const begun = world.begin(
    device,
    'device.maintenance_mode',
    { enabled: true, kind: 'planned', components: [device.kind], reason: 'scheduled service', ticket },
    by(world, actor, 'PUT', path),
  );
  yield world.draw.around(60);
  const end = { enabled: false, kind: 'planned', ticket } as const;
  world.tell(device, 'device.maintenance_mode', end, {
    ...by(world, actor, 'DELETE', path),
    cause: begun,
    severity: 'info',
  });
  device.busy = false;
};

/** Shut down, carried to another place of the site, and taken back into use. */
const move: Deed = function* (world, device) {
  device.busy = true;
  const actor = world.draw.pick(operators);
  const shut = world.begin(
    device,
    'device.shutdown',
    { trigger: 'user', reason: 'moved to another hall', uptime_seconds: world.secondsSince(device.bootedAt) },
    by(world, actor, 'POST', `/v1/devices/${device.uuid}/shutdown`),
  );
  yield world.draw.around(1);
  yield* disconnect(world, device, { reason: 'shut down', planned: true }, { cause: shut });
  yield world.draw.around(60);
  while (!device.site.up) yield 5;
  device.bootedAt = world.now;
  yield* connect(world, device, 'switched on', { cause: shut });
  const site = device.site.name;
  const data = { location: { site, address: `hall ${world.draw.integer(1, 9)}` }, changed_fields: ['location'] };
  world.tell(device, 'device.metadata_updated', data, {
    ...by(world, actor, 'PATCH', `/v1/devices/${device.uuid}`),
    cause: shut,
  });
  device.busy = false;
};

const label: Deed = function* (world, device) {
  const ring = world.draw.pick(['canary', 'early', 'late']);
  const path = `/v1/devices/${device.uuid}/tags`;
  world.begin(device, 'device.tags_changed', { added: { ring } }, by(world, world.draw.pick(operators), 'PATCH', path));
  yield 0;
};

const exportData: Deed = function* (world, device) {
  const actor = world.draw.pick(operators);
  const export_id = `x-${world.draw.hex(8)}`;
  const format = world.draw.pick(['csv', 'parquet'] as const);
  const started = world.begin(
    device,
    'data.export_started',
    { export_id, format, sensors: [...device.sensors], requested_by: actor.id },
    { ...by(world, actor, 'POST', '/v1/exports'), aggregate: export_id },
  );
  const seconds = world.draw.around(20);
  yield seconds;
  const record_count = world.draw.integer(1000, 400_000);
  const result = {
    record_count,
    size_bytes: record_count * 38,
    success: true,
    duration_ms: world.milliseconds(seconds),
  };
  world.tell(
    device,
    'data.export_completed',
    { export_id, format, ...result },
    { cause: started, source: api, actor, aggregate: export_id, outcome: 'success' },
  );
};

const backUp: Deed = function* (world, device) {
  const actor = world.draw.pick(operators);
  const backup_id = `b-${world.draw.hex(8)}`;
  const size_bytes = world.draw.integer(20_000, 900_000);
  const created = world.begin(
    device,
    'device.backup_created',
    { backup_id, size_bytes, content: ['config', 'apps'] },
    by(world, actor, 'POST', '/v1/backups'),
  );
  yield world.draw.around(40);
  if (!device.online || world.draw.chance(0.7)) return;
  world.tell(
    device,
    'device.backup_restored',
    { backup_id, success: true },
    { cause: created, actor, source: api, outcome: 'success' },
  );
};

const copyConfig: Deed = function* (world, device) {
  const actor = world.draw.pick(operators);
  const config_version = String(device.stateVersion);
  const path = `/v1/devices/${device.uuid}/config`;
  const exported = world.begin(
    device,
    'device.config_exported',
    { format: 'json', config_version, destination: 'file' },
    by(world, actor, 'GET', path),
  );
  yield world.draw.around(15);
  const peer = world.draw.pick(device.site.devices);
  if (peer === device || !peer.online) return;
  const data = { format: 'json', config_version, origin: device.name, success: true };
  world.tell(peer, 'device.config_imported', data, { ...by(world, actor, 'PUT', path), cause: exported });
};

/** Some deeds are done more often than others. */
const deeds: readonly Deed[] = [
  updateApp,
  updateApp,
  updateApp,
  changeConfig,
  changeConfig,
  restartDevice,
  restartDevice,
  maintain,
  move,
  label,
  exportData,
  backUp,
  copyConfig,
  lendAccess,
];
