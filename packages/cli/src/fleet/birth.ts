/** How a device comes into the fleet: registered by a person, provisioned, connected, and given its first target state. */
import { reconcile, stateOf } from './app.ts';
import { api, type Device, operators, system } from './cast.ts';
import { connect } from './presence.ts';
import type { Story, Told, World } from './world.ts';

export function* bear(world: World, device: Device): Story {
  device.busy = true;
  const actor = world.draw.pick(operators);
  const created = world.begin(
    device,
    'device.created',
    {
      device_uuid: device.uuid,
      device_name: device.name,
      device_type: device.kind,
      model: device.model,
      serial_number: `SN-${world.draw.hex(10)}`,
      mac_address: device.mac,
      location: { site: device.site.name },
      tags: device.tags,
    },
    { actor, source: api, request: { id: world.draw.uuid(), method: 'POST', path: '/v1/devices' } },
  );
  yield world.draw.around(2);
  const provisioned = world.tell(
    device,
    'device.provisioned',
    {
      device_uuid: device.uuid,
      device_name: device.name,
      provisioning_method: world.draw.pick(['certificate', 'certificate', 'api_key'] as const),
      mac_address: device.mac,
    },
    { actor: system('provisioning'), source: api, cause: created },
  );
  yield* connect(world, device, 'first contact', { cause: provisioned });
  configureSensors(world, device, provisioned);
  yield world.draw.around(2);
  device.stateVersion += 1;
  const target = world.tell(
    device,
    'target_state.updated',
    { old_state: null, new_state: { apps: stateOf(device) }, changed_fields: ['apps'], version: device.stateVersion },
    { actor, source: api, cause: created },
  );
  for (let attempts = 0; attempts < 3; attempts++) {
    if (
      yield* reconcile(
        world,
        device,
        device.apps.filter((app) => !app.running),
        target,
      )
    )
      break;
    yield world.draw.around(10);
  }
  device.busy = false;
}

function configureSensors(world: World, device: Device, cause: Told): void {
  for (const sensor of device.sensors) {
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
}
