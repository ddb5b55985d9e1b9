/** Sensors: data that do not fit, and the person who calibrates what drifts. */
import { api, type Device, operators } from './cast.ts';
import type { Story, World } from './world.ts';

export function* misread(world: World, device: Device): Story {
  if (!device.online || device.sensors.length === 0) return;
  const { draw } = world;
  const sensor = draw.pick(device.sensors);
  const kind = draw.pick(['spike', 'spike', 'drift', 'noise'] as const);
  const reading = { value: draw.decimal(80, 140), expected_min: 10, expected_max: 70, score: draw.decimal(3, 9) };
  const anomaly = world.begin(
    device,
    'sensor.data_anomaly',
    { sensor_id: sensor, anomaly_type: kind, ...reading },
    { aggregate: sensor },
  );
  if (kind !== 'drift') return;
  yield draw.around(60);
  if (!device.online) return;
  const actor = draw.pick(operators);
  const valid_until = '2027-12-31T00:00:00Z';
  const offset = draw.decimal(-2, 2);
  world.tell(
    device,
    'sensor.calibrated',
    { sensor_id: sensor, offset, gain: 1, method: 'two-point', calibrated_by: actor.name ?? actor.id, valid_until },
    { cause: anomaly, aggregate: sensor, actor, source: api },
  );
}
