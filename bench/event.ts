/** A seeded stream of what a fleet publishes: mostly telemetry, about 600 bytes of canonical JSON an event. */
import type { EventInput, EventMetadata, Severity } from '@telltale/catalogue';

const DEVICES = 2_000;
/** A fixed past day, so that the same seed gives the same bytes on every machine. */
const START = Date.UTC(2026, 0, 15, 8);
/** Microseconds between events on average: 2,000 devices at about one event a second. */
const STEP = 500;

/** Draws numbers in [0, 1) by mulberry32: four lines, good enough for a load, the same on every engine. */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

class Draw {
  readonly next: () => number;

  constructor(seed: number) {
    this.next = random(seed);
  }

  integer(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  decimal(low: number, high: number): number {
    return Math.round((low + this.next() * (high - low)) * 100) / 100;
  }

  pick<Item>(items: readonly Item[]): Item {
    const item = items[Math.floor(this.next() * items.length)];
    if (item === undefined) throw new RangeError('expected a list to draw from, found an empty one');
    return item;
  }

  hex(digits: number): string {
    let text = '';
    while (text.length < digits) text += this.integer(0, 0xffff).toString(16).padStart(4, '0');
    return text.slice(0, digits);
  }

  uuid(): string {
    return `${this.hex(8)}-${this.hex(4)}-4${this.hex(3)}-${this.pick('89ab'.split(''))}${this.hex(3)}-${this.hex(12)}`;
  }
}

interface Device {
  readonly uuid: string;
  readonly name: string;
  readonly tags: Record<string, string>;
  readonly version: string;
  /** The job it works on: progress events of one job share a correlation id. */
  job: { id: string; correlation: string };
}

function makeDevice(draw: Draw, number: number): Device {
  const site = draw.pick(['rotterdam', 'gdansk', 'porto', 'lyon', 'turin', 'brno']);
  return {
    uuid: draw.uuid(),
    name: `edge-${site}-${String(number).padStart(5, '0')}`,
    tags: { site, line: `line-${draw.integer(1, 12)}`, model: draw.pick(['rpi4-8g', 'x86-nuc', 'jetson-nx']) },
    version: draw.pick(['4.1.9', '4.2.0', '4.2.1']),
    job: { id: draw.uuid(), correlation: draw.uuid() },
  };
}

/** What one event adds to the envelope that every device event shares. */
interface Part {
  readonly data: Record<string, unknown>;
  readonly severity?: Severity;
  readonly aggregate?: { type: string; id: string };
  readonly correlation?: string;
}

const apps = ['collector', 'mqtt-bridge', 'vision', 'historian', 'gateway', 'updater'] as const;

function heartbeat(draw: Draw, device: Device): Part {
  return {
    severity: 'debug',
    data: {
      uptime_seconds: draw.integer(60, 9_000_000),
      cpu_percent: draw.decimal(1, 98),
      memory_percent: draw.decimal(20, 90),
      disk_percent: draw.decimal(10, 95),
      temperature_celsius: draw.decimal(28, 82),
      agent_version: device.version,
    },
  };
}

function currentState(draw: Draw): Part {
  const running = apps.slice(0, 2).map((name) => ({
    name,
    status: draw.next() < 0.9 ? 'running' : 'restarting',
    image: `registry.local/${name}:${draw.integer(1, 4)}.${draw.integer(0, 20)}`,
  }));
  return { data: { state: { apps: running, version: draw.integer(1, 400) } } };
}

function threshold(draw: Draw): Part {
  const metric = draw.pick(['cpu_percent', 'memory_percent', 'disk_percent', 'temperature_celsius']);
  return { severity: 'warning', data: { metric, value: draw.decimal(81, 99), threshold: 80, unit: 'percent' } };
}

function container(draw: Draw): Part {
  const name = draw.pick(apps);
  return {
    aggregate: { type: 'app', id: name },
    data: {
      container_id: draw.hex(64),
      container_name: `${name}-1`,
      image: `registry.local/${name}:${draw.integer(1, 4)}.${draw.integer(0, 20)}`,
    },
  };
}

function jobProgress(draw: Draw, device: Device): Part {
  return {
    correlation: device.job.correlation,
    aggregate: { type: 'job', id: device.job.id },
    data: { job_id: device.job.id, progress: draw.integer(1, 99), message: `step ${draw.integer(1, 9)} of 9` },
  };
}

function jobCompleted(draw: Draw, device: Device): Part {
  const { id, correlation } = device.job;
  device.job = { id: draw.uuid(), correlation: draw.uuid() };
  return { correlation, aggregate: { type: 'job', id }, data: { job_id: id, duration_ms: draw.integer(400, 90_000) } };
}

function sensorAnomaly(draw: Draw): Part {
  const sensor = draw.pick(['vibration-x', 'vibration-y', 'pressure-in', 'flow-out']);
  return {
    severity: 'warning',
    data: {
      sensor_id: sensor,
      metric: sensor,
      value: draw.decimal(80, 140),
      expected: 40,
      deviation: draw.decimal(3, 9),
    },
  };
}

function apiCall(draw: Draw): Part {
  return {
    severity: 'debug',
    data: {
      method: draw.pick(['GET', 'POST', 'PATCH']),
      path: draw.pick(['/v1/state', '/v1/report', '/v1/logs', '/v1/target']),
      status: draw.pick([200, 200, 200, 204, 304, 500]),
      duration_ms: draw.integer(2, 900),
    },
  };
}

function reconciliation(draw: Draw): Part {
  return { data: { actions_count: draw.integer(0, 9), success: true, duration_ms: draw.integer(20, 4_000) } };
}

function mqttConnected(draw: Draw): Part {
  return {
    data: { broker: `mqtt-${draw.integer(1, 6)}.fleet.example:8883`, client_id: draw.hex(16), clean_session: false },
  };
}

type Maker = (draw: Draw, device: Device) => Part;

/** Event type, its share in a thousand, its payload. */
const mix: readonly (readonly [name: string, share: number, make: Maker])[] = [
  ['device.heartbeat', 340, heartbeat],
  ['current_state.updated', 160, currentState],
  ['device.metrics_threshold', 100, threshold],
  ['container.started', 50, container],
  ['container.stopped', 40, container],
  ['container.restarted', 30, container],
  ['job.progress', 100, jobProgress],
  ['job.completed', 20, jobCompleted],
  ['sensor.data_anomaly', 50, sensorAnomaly],
  ['device.api_call', 60, apiCall],
  ['reconciliation.completed', 30, reconciliation],
  ['device.mqtt_connected', 20, mqttConnected],
];

/** One entry per thousandth, so that a draw is one index. */
const lots = mix.flatMap(([name, share, make]) => Array.from({ length: share }, () => ({ name, make })));

function metadata(device: Device, severity: Severity): EventMetadata {
  return {
    actor: { type: 'device', id: device.uuid, name: device.name },
    source: { service: 'agent', version: device.version, environment: 'production' },
    severity,
    tags: device.tags,
  };
}

function microseconds(offset: number): string {
  const milliseconds = new Date(START + Math.floor(offset / 1000)).toISOString().slice(0, -1);
  return `${milliseconds}${String(offset % 1000).padStart(3, '0')}Z`;
}

/** Makes `count` events; the same seed makes the same events. */
export function benchEvents(count: number, seed: number): EventInput[] {
  const draw = new Draw(seed);
  const devices = Array.from({ length: DEVICES }, (_, number) => makeDevice(draw, number));
  let clock = 0;
  const events = Array.from({ length: count }, (): EventInput => {
    const { name, make } = draw.pick(lots);
    const device = draw.pick(devices);
    const { data, severity = 'info', aggregate, correlation } = make(draw, device);
    clock += draw.integer(1, 2 * STEP);
    return {
      event_type: name,
      timestamp: microseconds(clock),
      device_uuid: device.uuid,
      data,
      metadata: metadata(device, severity),
      ...(aggregate === undefined ? {} : { aggregate_type: aggregate.type, aggregate_id: aggregate.id }),
      ...(correlation === undefined ? {} : { correlation_id: correlation }),
    };
  });
  // As a server holds them after parsing a request: flat strings, no object shared between events.
  const received: EventInput[] = JSON.parse(JSON.stringify(events));
  return received;
}
