/** The catalogue holds what the specification and the older system name, kept as long as they ask. */
import { describe, expect, test } from 'vitest';
import { typeIdOf } from '../../../script/catalogue/event-type-sql.ts';
import {
  aggregates,
  catalogue,
  type DataOf,
  type EventType,
  type FleetEventInput,
  findEventType,
} from '../src/index.ts';
import { refusedPointers } from './validator.ts';

const types: readonly EventType[] = catalogue;
const named = (names: string): string[] => names.trim().split(/\s+/);

/** Section 1 of the specification. */
const specified = named(`
  device.created device.metadata_updated device.tags_changed device.transferred device.archived device.reactivated
  device.credentials_rotated device.access_granted device.access_revoked device.firmware_updated device.security_scan
  device.compliance_check
  device.metrics_threshold device.alert_triggered device.alert_resolved device.health_degraded device.health_recovered
  device.anomaly_detected device.diagnostics_run
  device.rebooted device.shutdown device.maintenance_mode device.backup_created device.backup_restored
  device.config_exported device.config_imported
  job.queued job.started job.progress job.completed job.failed job.cancelled job.timeout
  device.vpn_connected device.vpn_disconnected device.network_changed device.mqtt_connected device.mqtt_disconnected
  device.api_call
  sensor.configured sensor.removed sensor.calibrated sensor.data_anomaly data.export_started data.export_completed
`);

/** The 41 rows of the older system's event_types. */
const older = named(`
  device.provisioned device.deprovisioned device.online device.offline device.heartbeat
  target_state.updated target_state.app_added target_state.app_removed target_state.app_updated
  target_state.config_changed target_state.volume_added target_state.volume_removed target_state.network_added
  target_state.network_removed
  current_state.updated current_state.app_started current_state.app_stopped current_state.app_crashed
  current_state.app_health_changed
  reconciliation.started reconciliation.completed reconciliation.failed reconciliation.drift_detected
  container.created container.started container.stopped container.removed container.restarted container.crashed
  container.health_check_failed
  image.pulled image.pull_failed image.removed
  volume.created volume.removed volume.attached volume.detached
  network.created network.removed network.connected network.disconnected
`);

const system = named('audit.events_read audit.exported log.imported event_type.registered partition.dropped');

/** Section 4 of the specification, and the rows of its SQL migration template. */
const kept: Readonly<Record<string, readonly [tier: string, days: number]>> = {
  'device.provisioned': ['critical', 2555],
  'device.deprovisioned': ['critical', 2555],
  'device.firmware_updated': ['critical', 2555],
  'device.security_scan': ['critical', 2555],
  'device.transferred': ['critical', 2555],
  'device.created': ['critical', 2555],
  'target_state.updated': ['important', 365],
  'device.online': ['important', 365],
  'device.offline': ['important', 365],
  'job.completed': ['important', 365],
  'job.failed': ['important', 365],
  'device.metadata_updated': ['important', 365],
  'current_state.updated': ['standard', 90],
  'reconciliation.completed': ['standard', 90],
  'container.started': ['standard', 90],
  'device.tags_changed': ['standard', 90],
  'device.heartbeat': ['debug', 7],
  'device.api_call': ['debug', 7],
  'device.metrics_threshold': ['debug', 7],
};

describe('the names', () => {
  test.each(specified)('the type %s of the specification is declared', (name) => {
    expect(findEventType(name)?.name).toBe(name);
  });

  test.each(older)('the type %s of the older system is declared', (name) => {
    expect(findEventType(name)?.name).toBe(name);
  });

  test('there are 45 specified, 41 older and 5 system types, each once, and no others', () => {
    expect([specified.length, older.length, system.length]).toEqual([45, 41, 5]);
    expect(types.map((type) => type.name).sort()).toEqual([...specified, ...older, ...system].sort());
  });

  test.each(types)('$name is a noun and a verb of at most 100 characters', ({ name }) => {
    expect(name).toMatch(/^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$/);
    expect(name.length).toBeLessThanOrEqual(100);
  });

  test('a name that only looks like one is not found', () => {
    expect(findEventType('__proto__')).toBeUndefined();
    expect(findEventType('device.Created')).toBeUndefined();
  });

  test('no two types share a type_id, and each fits a positive PostgreSQL integer', () => {
    const ids = types.map((type) => typeIdOf(type.name));
    expect(new Set(ids).size).toBe(types.length);
    for (const id of ids) expect(id >= 0 && id <= 0x7fffffff).toBe(true);
  });

  test('a type_id is the first four bytes of the SHA-256 of the name without the sign bit', () => {
    // As `printf device.heartbeat | sha256sum` says.
    expect(typeIdOf('device.heartbeat')).toBe(793200180);
  });
});

describe('retention', () => {
  test.each(Object.entries(kept))('%s is kept as the specification says', (name, [tier, days]) => {
    expect([findEventType(name)?.tier, findEventType(name)?.days]).toEqual([tier, days]);
  });

  test.each(types.filter((type) => type.tier === 'critical'))('$name, being critical, stays 2,555 days', ({ days }) => {
    expect(days ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(2555);
  });

  test('heartbeats are the repetitive type and API calls the sampled one', () => {
    expect(types.filter((type) => type.repetitive !== null).map((type) => type.name)).toEqual(['device.heartbeat']);
    expect(types.filter((type) => type.sampled).map((type) => type.name)).toEqual(['device.api_call']);
  });
});

const aggregateOf = (name: string): string | undefined => findEventType(name)?.aggregate;

describe('aggregates', () => {
  test.each(types)('$name belongs to a declared aggregate type', ({ aggregate }) => {
    expect(aggregates.map(({ name }) => name)).toContain(aggregate);
  });

  test('the older system finds its aggregate types unchanged', () => {
    expect(
      ['device.online', 'container.started', 'image.pulled', 'volume.created', 'network.removed'].map(aggregateOf),
    ).toEqual(['device', 'app', 'app', 'volume', 'network']);
  });

  test('jobs, users and rules have versions, devices and their telemetry have none', () => {
    const versioned = aggregates.filter((aggregate) => aggregate.versioned).map(({ name }) => name);
    expect(versioned).toEqual(expect.arrayContaining(['job', 'user', 'rule']));
    expect(versioned).not.toEqual(expect.arrayContaining(['device']));
    expect(versioned).not.toEqual(expect.arrayContaining(['sensor']));
  });
});

describe('payloads that the older system sends', () => {
  const state = { apps: { web: { image: 'web:2' } } };
  test.each<[string, unknown]>([
    ['target_state.updated', { old_state: {}, new_state: state, changed_fields: ['apps'] }],
    ['target_state.updated', { state }],
    ['current_state.updated', { state }],
    ['target_state.app_added', { app_name: 'web', app_config: { image: 'web:2' } }],
    ['container.started', { container_id: '8f3c2a', container_name: 'web', image: 'web:2' }],
    ['container.crashed', { container_name: 'web', exit_code: 1, anything: { more: true } }],
    ['job.queued', { job_id: '0192f0c1-7a52-7c3e-9b1a-2f6d0f3c8e11', job_type: 'update', queue: 'default' }],
    ['reconciliation.completed', { actions_count: 2, success: true, duration_ms: 1200 }],
    ['device.heartbeat', {}],
  ])('%s accepts %j', (name, data) => {
    const type = findEventType(name);
    expect(type && refusedPointers(type, data)).toEqual([]);
  });
});

/** Compiles only because `event_type` tells the type of `data`. */
function readNumber(event: FleetEventInput): number | undefined {
  if (event.event_type === 'device.metrics_threshold') return event.data.value;
  return event.event_type === 'job.progress' ? event.data.progress : undefined;
}

describe('types', () => {
  test('the type of an event tells the type of its data', () => {
    // @ts-expect-error progress is a number
    const wrong: DataOf<'job.progress'> = { job_id: '17', progress: '40' };
    expect(wrong.progress).toBe('40');
    expect(readNumber({ event_type: 'job.progress', data: { job_id: '17', progress: 40 } })).toBe(40);
    expect(readNumber({ event_type: 'device.heartbeat', data: {} })).toBeUndefined();
  });

  test('a known name finds its own type', () => {
    const name: 'device.heartbeat' = findEventType('device.heartbeat').name;
    expect(name).toBe('device.heartbeat');
  });
});
