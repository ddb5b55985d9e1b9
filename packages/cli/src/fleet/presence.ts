/** Whether devices are there: connections, heartbeats, single devices and whole sites that drop out and come back. */
import { api, type Device, type KnownDevice, presence, type Site } from './cast.ts';
import type { Detail, Story, World } from './world.ts';

const broker = (device: Device): string => `mqtt-${(device.site.number % 3) + 1}.fleet.example`;
const tunnel = { protocol: 'wireguard', interface: 'wg0' } as const;

/** Tunnel, broker, then the word that it is there. */
export function* connect(
  world: World,
  device: Device,
  reason: string,
  detail: Detail = {},
  away = device.offlineSince > 0 ? world.secondsSince(device.offlineSince) : undefined,
): Story {
  const vpn = {
    ...tunnel,
    server: `vpn-${device.site.name}`,
    vpn_ip: device.ip,
    handshake_ms: world.draw.integer(20, 400),
  };
  const first = world.tell(device, 'device.vpn_connected', vpn, { ...detail, source: presence });
  yield world.draw.around(0.6);
  const mqtt = {
    broker: broker(device),
    port: 8883,
    client_id: device.name,
    clean_session: false,
    keepalive_seconds: 60,
  };
  const second = world.tell(device, 'device.mqtt_connected', mqtt, { cause: first, source: presence });
  yield world.draw.around(0.3);
  device.online = true;
  world.tell(
    device,
    'device.online',
    {
      device_name: device.name,
      ip_address: device.ip,
      connection_type: 'ethernet',
      agent_version: device.firmware,
      reason,
      ...(away !== undefined && { offline_seconds: away }),
    },
    { cause: second, source: presence },
  );
}

/** How a device goes: unawares, or because somebody wants it to. */
export interface Leaving {
  readonly reason: string;
  readonly planned: boolean;
}

/** The connections break; that the device is offline shows when heartbeats are missed. What was planned is no warning. */
export function* disconnect(world: World, device: Device, { reason, planned }: Leaving, detail: Detail = {}): Story {
  device.online = false;
  device.offlineSince = world.now;
  const mild = planned ? ({ severity: 'info' } as const) : {};
  const why = planned ? { reason: 'closed by the device', clean: true } : { reason: 'keepalive timeout', clean: false };
  const session = { broker: broker(device), port: 8883, client_id: device.name };
  const first = world.tell(
    device,
    'device.mqtt_disconnected',
    { ...session, ...why },
    { ...detail, ...mild, source: presence },
  );
  yield world.draw.around(0.5);
  world.tell(
    device,
    'device.vpn_disconnected',
    { ...tunnel, server: `vpn-${device.site.name}`, reason: planned ? 'closed by the device' : 'handshake timed out' },
    { ...mild, cause: first, source: presence },
  );
  yield world.draw.around(3);
  world.tell(
    device,
    'device.offline',
    { device_name: device.name, reason, missed_heartbeats: 3, threshold_seconds: world.milliseconds(3) / 1000 },
    { ...mild, cause: first, source: presence },
  );
}

export function heartbeat(world: World, device: Device): void {
  if (!device.online) return;
  const { draw } = world;
  world.tell(
    device,
    'device.heartbeat',
    {
      status: 'ok',
      uptime_seconds: world.secondsSince(device.bootedAt),
      agent_version: device.firmware,
      cpu_usage_percent: draw.decimal(2, 78),
      memory_usage_percent: draw.decimal(20, 88),
      storage_usage_percent: draw.decimal(10, 92),
      temperature_celsius: draw.decimal(28, 74),
    },
    { severity: 'debug' },
  );
}

/** The broker loses a device for a moment, too short for it to count as offline. One time in five its gateway had changed. */
export function* flap(world: World, device: Device): Story {
  if (!device.online || device.busy) return;
  device.online = false;
  const session = { broker: broker(device), port: 8883, client_id: device.name };
  const lost = world.begin(
    device,
    'device.mqtt_disconnected',
    { ...session, reason: 'connection reset', clean: false },
    { source: presence },
  );
  yield world.draw.around(4);
  while (!device.site.up) yield 5;
  if (world.draw.chance(0.2)) {
    const change = {
      interface: 'eth0',
      connection_type: 'ethernet',
      gateway: `10.${device.site.number}.0.254`,
    } as const;
    world.tell(device, 'device.network_changed', { ...change, changed_fields: ['gateway'] }, { cause: lost });
  }
  device.online = true;
  world.tell(device, 'device.mqtt_connected', { ...session, clean_session: false }, { cause: lost, source: presence });
}

/** One device drops out for a while by itself. */
export function* dropOut(world: World, device: Device): Story {
  if (!device.online || device.busy || !device.site.up) return;
  device.busy = true;
  const correlation = world.draw.uuid();
  yield* disconnect(world, device, { reason: 'heartbeat timeout', planned: false }, { correlation });
  yield world.draw.around(40);
  while (!device.site.up) yield 5;
  yield* connect(world, device, 'connection restored', { correlation });
  device.busy = false;
}

/** The uplink of a site fails: all its devices go within seconds, and come back within seconds; one correlation id joins them. */
export function* outage(world: World, site: Site): Story {
  if (!site.up) return;
  site.up = false;
  const correlation = world.draw.uuid();
  const reason = `the uplink of site ${site.name} is down`;
  const gone = site.devices.filter((device) => device.online && !device.busy);
  for (const device of gone) {
    device.busy = true;
    world.later(world.draw.around(2), () =>
      world.play(disconnect(world, device, { reason, planned: false }, { correlation })),
    );
  }
  yield 20 + world.draw.around(60);
  site.up = true;
  for (const device of gone) world.later(world.draw.around(4), () => world.play(comeBack(world, device, correlation)));
}

function* comeBack(world: World, device: Device, correlation: string): Story {
  yield* connect(world, device, `the uplink of site ${device.site.name} is back`, { correlation });
  device.busy = false;
}

/** A device restarts: away, back, and a word about it. */
export function* reboot(world: World, device: Device, trigger: 'user' | 'update' | 'watchdog', detail: Detail): Story {
  const uptime = world.secondsSince(device.bootedAt);
  const away = world.now;
  yield* disconnect(world, device, { reason: `restart (${trigger})`, planned: trigger !== 'watchdog' }, detail);
  yield world.draw.around(6);
  while (!device.site.up) yield 5;
  device.bootedAt = world.now;
  world.tell(
    device,
    'device.rebooted',
    {
      trigger,
      reason: trigger === 'watchdog' ? 'the agent did not answer for 60 s' : 'requested',
      expected: trigger !== 'watchdog',
      boot_id: world.draw.hex(32),
      uptime_before_seconds: uptime,
      downtime_seconds: world.secondsSince(away),
    },
    detail,
  );
  yield* connect(world, device, 'restarted', detail);
}

/** The agent hangs and the watchdog restarts the device. */
export function* hangUp(world: World, device: Device): Story {
  if (!device.online || device.busy) return;
  device.busy = true;
  yield* reboot(world, device, 'watchdog', { correlation: world.draw.uuid() });
  device.busy = false;
}

/** A device that an earlier run of the simulator left comes back with what it had. */
export function* wake(world: World, device: Device, known: KnownDevice): Story {
  device.firmware = known.firmware;
  device.stateVersion = known.stateVersion;
  for (const app of device.apps) {
    app.container = world.draw.hex(12);
    app.running = true;
  }
  const reason = 'the simulated fleet goes on';
  yield* connect(world, device, reason, { correlation: world.draw.uuid() }, known.silentSeconds);
}

/** A sampled call of the device to the API. */
export function callApi(world: World, device: Device): void {
  if (!device.online) return;
  const { draw } = world;
  world.tell(
    device,
    'device.api_call',
    {
      method: draw.pick(['GET', 'GET', 'POST', 'PATCH'] as const),
      path: draw.pick(['/v1/device/state', '/v1/device/report', '/v1/device/logs', '/v1/device/target']),
      status: draw.pick([200, 200, 200, 204, 304, 429, 500]),
      duration_ms: draw.integer(2, 900),
      response_bytes: draw.integer(40, 40_000),
      ip_address: device.ip,
      user_agent: `telltale-agent/${device.firmware}`,
      sample_rate: 0.01,
    },
    { severity: 'debug', source: api },
  );
}
