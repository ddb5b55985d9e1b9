/** A seeded stream of what a fleet publishes: mostly telemetry, about 600 bytes of canonical JSON an event. */
import type { DataOf, EventInput, EventMetadata, FleetEventName, Severity } from '@telltale/catalogue';

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

/** What one event adds to the envelope that every event of the device shares. */
interface Part<Data> {
  readonly data: Data;
  readonly severity?: Severity;
  /** What it happened to, when that is not the device itself. */
  readonly aggregate?: string;
  readonly correlation?: string;
}

type Make<Data> = (draw: Draw, device: Device) => Part<Data>;

interface Lot {
  readonly name: FleetEventName;
  readonly make: Make<unknown>;
}

const apps = ['collector', 'mqtt-bridge', 'vision', 'historian', 'gateway', 'updater'] as const;
const image = (draw: Draw, name: string): string => `acme/${name}:${draw.integer(1, 4)}.${draw.integer(0, 20)}`;

/** One entry per thousandth of the load, so that a draw is one index; the payload is typed by the catalogue. */
function lots<Name extends FleetEventName>(name: Name, share: number, make: Make<DataOf<Name>>): Lot[] {
  return Array.from({ length: share }, () => ({ name, make }));
}

function container(draw: Draw): Part<DataOf<'container.started'>> {
  const name = draw.pick(apps);
  return {
    aggregate: name,
    data: { container_id: draw.hex(64), container_name: `${name}-1`, app_name: name, image: image(draw, name) },
  };
}

function nextJob(draw: Draw, device: Device): Part<DataOf<'job.completed'>> {
  const { id, correlation } = device.job;
  device.job = { id: draw.uuid(), correlation: draw.uuid() };
  return {
    correlation,
    aggregate: id,
    data: { job_id: id, job_name: 'collect logs', duration_ms: draw.integer(400, 90_000), exit_code: 0 },
  };
}

const mix: readonly Lot[] = [
  ...lots('device.heartbeat', 340, (draw, device) => ({
    severity: 'debug',
    data: {
      status: 'ok',
      uptime_seconds: draw.integer(60, 9_000_000),
      cpu_usage_percent: draw.decimal(1, 98),
      memory_usage_percent: draw.decimal(20, 90),
      storage_usage_percent: draw.decimal(10, 95),
      temperature_celsius: draw.decimal(28, 82),
      agent_version: device.version,
    },
  })),
  ...lots('current_state.updated', 160, (draw) => ({
    data: {
      state: {
        apps: apps.slice(0, 2).map((name) => ({
          name,
          status: draw.next() < 0.9 ? 'running' : 'restarting',
          image: image(draw, name),
        })),
      },
      version: draw.integer(1, 400),
    },
  })),
  ...lots('device.metrics_threshold', 100, (draw) => ({
    severity: 'warning',
    data: {
      metric: draw.pick(['cpu_usage_percent', 'memory_usage_percent', 'storage_usage_percent']),
      value: draw.decimal(81, 99),
      threshold: 80,
      operator: '>',
      unit: '%',
      duration_seconds: draw.integer(10, 600),
      labels: { window: '5m', source: draw.pick(['node-exporter', 'agent']) },
    },
  })),
  ...lots('container.started', 50, container),
  ...lots('container.stopped', 40, container),
  ...lots('container.restarted', 30, container),
  ...lots('job.progress', 100, (draw, device) => ({
    severity: 'debug',
    correlation: device.job.correlation,
    aggregate: device.job.id,
    data: { job_id: device.job.id, progress: draw.integer(1, 99), step: `${draw.integer(1, 9)} of 9` },
  })),
  ...lots('job.completed', 20, nextJob),
  ...lots('sensor.data_anomaly', 50, (draw) => {
    const sensor = draw.pick(['vibration-x', 'vibration-y', 'pressure-in', 'flow-out']);
    return {
      severity: 'warning',
      aggregate: sensor,
      data: {
        sensor_id: sensor,
        anomaly_type: draw.pick(['spike', 'drift', 'noise'] as const),
        value: draw.decimal(80, 140),
        expected_min: 10,
        expected_max: 70,
        score: draw.decimal(3, 9),
      },
    };
  }),
  ...lots('device.api_call', 60, (draw) => ({
    severity: 'debug',
    data: {
      method: draw.pick(['GET', 'POST', 'PATCH'] as const),
      path: draw.pick(['/api/v1/device/state', '/api/v1/device/report', '/api/v1/device/logs']),
      status: draw.pick([200, 200, 200, 204, 304, 500]),
      duration_ms: draw.integer(2, 900),
      response_bytes: draw.integer(40, 40_000),
      sample_rate: 0.01,
    },
  })),
  ...lots('reconciliation.completed', 30, (draw) => ({
    data: { actions_count: draw.integer(0, 9), success: true, duration_ms: draw.integer(20, 4_000) },
  })),
  ...lots('device.mqtt_connected', 20, (draw) => ({
    data: {
      broker: `mqtt-${draw.integer(1, 6)}.fleet.example`,
      port: 8883,
      client_id: draw.hex(16),
      clean_session: false,
      keepalive_seconds: 60,
    },
  })),
];

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
    const { name, make } = draw.pick(mix);
    const device = draw.pick(devices);
    const { data, severity = 'info', aggregate, correlation } = make(draw, device);
    clock += draw.integer(1, 2 * STEP);
    return {
      event_type: name,
      timestamp: microseconds(clock),
      device_uuid: device.uuid,
      data,
      metadata: metadata(device, severity),
      ...(aggregate === undefined ? {} : { aggregate_id: aggregate }),
      ...(correlation === undefined ? {} : { correlation_id: correlation }),
    };
  });
  // As a server holds them after parsing a request: flat strings, no object shared between events.
  const received: EventInput[] = JSON.parse(JSON.stringify(events));
  return received;
}
