/** How a device comes into the fleet: registered by a person, provisioned, connected, and given its first target state. */
import { api, type Device, operators, system } from './cast.ts';
import { connect } from './presence.ts';
import { reconcilePatiently, stateOf } from './reconcile.ts';
import type { Story, Told, World } from './world.ts';

export function* bear(world: World, device: Device): Story {
  device.busy = true;
  const actor = world.draw.pick(operators);
  const request = { id: world.draw.uuid(), method: 'POST', path: '/v1/devices' };
  const created = world.begin(device, 'device.created', passport(world, device), { actor, source: api, request });
  yield world.draw.around(2);
  const provisioning_method = world.draw.pick(['certificate', 'certificate', 'api_key'] as const);
  const provisioned = world.tell(
    device,
    'device.provisioned',
    { device_uuid: device.uuid, device_name: device.name, provisioning_method, mac_address: device.mac },
    { actor: system('provisioning'), source: api, cause: created },
  );
  yield* connect(world, device, 'first contact', { cause: provisioned });
  for (const sensor of device.sensors) configureSensor(world, device, sensor, provisioned);
  yield world.draw.around(2);
  device.stateVersion += 1;
  const target = world.tell(
    device,
    'target_state.updated',
    { old_state: null, new_state: { apps: stateOf(device) }, changed_fields: ['apps'], version: device.stateVersion },
    { actor, source: api, cause: created },
  );
  prepareHost(world, device, target);
  yield* reconcilePatiently(world, device, () => device.apps.filter((app) => !app.running), target);
  device.busy = false;
}

function passport(world: World, device: Device) {
  return {
    device_uuid: device.uuid,
    device_name: device.name,
    device_type: device.kind,
    model: device.model,
    serial_number: `SN-${world.draw.hex(10)}`,
    mac_address: device.mac,
    location: { site: device.site.name },
    tags: device.tags,
  };
}

function configureSensor(world: World, device: Device, sensor: string, cause: Told): void {
  world.tell(
    device,
    'sensor.configured',
    {
      sensor_id: sensor,
      sensor_type: sensor.split('-')[0] ?? sensor,
      protocol: world.draw.pick(['modbus', 'opc-ua', 'analog']),
      interval_ms: 1000,
      enabled: true,
      config: { register: world.draw.integer(40_001, 40_400), window: '5m' },
    },
    { cause, aggregate: sensor },
  );
}

/** The network that the apps share, and a volume for the one that keeps data. */
function prepareHost(world: World, device: Device, cause: Told): void {
  const network = { network_name: 'apps', driver: 'bridge', subnet: '172.18.0.0/16' };
  world.tell(device, 'network.created', network, { cause, aggregate: 'apps' });
  if (!device.apps.some(({ name }) => name === 'historian')) return;
  const volume = { volume_name: 'history', driver: 'local', app_name: 'historian' };
  const created = world.tell(
    device,
    'volume.created',
    { ...volume, size_bytes: world.draw.integer(1, 16) * 1_073_741_824 },
    { cause, aggregate: 'history' },
  );
  const mount = { container_name: 'historian-1', mount_point: '/var/lib/historian', read_only: false };
  world.tell(device, 'volume.attached', { ...volume, ...mount }, { cause: created, aggregate: 'history' });
}
