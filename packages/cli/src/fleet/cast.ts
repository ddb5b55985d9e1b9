/** Who takes part: sites, models, apps, people, services, and the devices that are drawn from them. */
import type { EventActor, EventSource } from '@telltale/catalogue';
import { uuidv5 } from '@telltale/store';
import type { Draw } from './draw.ts';

/** Devices of one seed have the same ids in every run: UUIDv5 of the URL namespace and `https://telltale.dev/fleet`. */
const namespace = Buffer.from(
  uuidv5(Buffer.from('6ba7b8119dad11d180b400c04fd430c8', 'hex'), 'https://telltale.dev/fleet').replaceAll('-', ''),
  'hex',
);

export const environment = 'prod';

const siteNames = ['rotterdam', 'gdansk', 'porto', 'lyon', 'turin', 'brno'] as const;
const kinds = ['press', 'pump', 'oven', 'robot', 'conveyor', 'gateway'] as const;
const models = ['rpi4-8g', 'x86-nuc', 'jetson-nx'] as const;
const appNames = ['collector', 'mqtt-bridge', 'vision', 'historian', 'opc-reader'] as const;
const firstFirmware = ['4.1.9', '4.2.0'] as const;

export const operators: readonly EventActor[] = [
  { type: 'user', id: 'anna.berg', name: 'Anna Berg', ip_address: '192.0.2.17' },
  { type: 'user', id: 'tomas.novak', name: 'Tomas Novak', ip_address: '192.0.2.40' },
  { type: 'user', id: 'marie.dubois', name: 'Marie Dubois', ip_address: '198.51.100.8' },
  { type: 'user', id: 'rui.costa', name: 'Rui Costa', ip_address: '198.51.100.23' },
];

export const api: EventSource = { service: 'fleet-api', version: '2.14.0', environment, instance_id: 'api-2' };
export const presence: EventSource = { service: 'presence', version: '1.9.3', environment, instance_id: 'presence-1' };
export const alerting: EventSource = { service: 'alerting', version: '3.0.2', environment };
export const analytics: EventSource = { service: 'analytics', version: '0.8.0', environment };
export const scheduler: EventSource = { service: 'scheduler', version: '1.4.1', environment };

export const system = (id: string): EventActor => ({ type: 'system', id });
export const schedule = (id: string): EventActor => ({ type: 'scheduled_job', id });

export interface Site {
  readonly name: string;
  readonly number: number;
  readonly devices: Device[];
  /** Whether its uplink works. */
  up: boolean;
}

export interface App {
  readonly name: string;
  version: string;
  container: string;
  running: boolean;
  restarts: number;
}

export interface Device {
  readonly uuid: string;
  readonly number: number;
  readonly name: string;
  readonly kind: string;
  readonly model: string;
  readonly site: Site;
  readonly ip: string;
  readonly mac: string;
  readonly tags: Record<string, string>;
  readonly apps: App[];
  readonly sensors: readonly string[];
  firmware: string;
  stateVersion: number;
  /** Life seconds of the last start. */
  bootedAt: number;
  online: boolean;
  offlineSince: number;
  /** Busy with something that nothing else may cut into: an update, a restart, a reconciliation. */
  busy: boolean;
  /** Ids of alerts that are open. */
  readonly alerts: Set<string>;
}

/** What a run before this one left: see memory.ts. */
export interface KnownDevice {
  readonly firmware: string;
  readonly stateVersion: number;
  /** Seconds since anything was heard of it. */
  readonly silentSeconds: number;
}

const sensorKinds = ['temperature', 'vibration', 'pressure', 'flow', 'current'] as const;

const deviceUuid = (seed: number, number: number): string => uuidv5(namespace, `${seed}:${number}`);

/** A device that every fleet of this seed has. */
export const firstDevice = (seed: number): string => deviceUuid(seed, 1);

export function makeSites(): Site[] {
  return siteNames.map((name, index) => ({ name, number: index + 1, devices: [], up: true }));
}

const octet = (value: number): string => (value & 255).toString(16).padStart(2, '0');

export function makeDevice(draw: Draw, seed: number, number: number, sites: readonly Site[]): Device {
  const site = draw.pick(sites);
  const kind = draw.pick(kinds);
  const model = draw.pick(models);
  const apps = appNames.filter((_, index) => index === 0 || draw.chance(0.4));
  const device: Device = {
    uuid: deviceUuid(seed, number),
    number,
    name: `${kind}-${String(number).padStart(3, '0')}`,
    kind,
    model,
    site,
    ip: `10.${site.number}.${(number >> 8) & 255}.${number & 255}`,
    mac: `02:42:${[site.number, number >> 16, number >> 8, number].map(octet).join(':')}`,
    tags: { site: site.name, model },
    apps: apps.map((name) => ({
      name,
      version: `${draw.integer(1, 3)}.${draw.integer(0, 12)}`,
      container: '',
      running: false,
      restarts: 0,
    })),
    sensors: sensorKinds.filter(() => draw.chance(0.5)).map((sensor) => `${sensor}-${draw.integer(1, 4)}`),
    firmware: draw.pick(firstFirmware),
    stateVersion: 0,
    bootedAt: 0,
    online: false,
    offlineSince: 0,
    busy: false,
    alerts: new Set(),
  };
  site.devices.push(device);
  return device;
}
