/** A device's state after events of the catalogue. */
import { expect, test } from 'vitest';
import { type DeviceState, findEventType, foldEvent, resolve } from '../src/index.ts';

const timestamp = '2025-11-14T09:12:00.123456Z';

/** Folds events of the catalogue, oldest first. */
function replay(...events: (readonly [name: string, data: unknown])[]): DeviceState {
  return events.reduce<DeviceState>((state, [name, data]) => {
    const type = findEventType(name);
    if (type === undefined) throw new Error(`Expected a known event type (found ${name}).`);
    return foldEvent(state, { event_type: name, timestamp, data }, type.state);
  }, {});
}

test('target and current state are what was last asked for and reported', () => {
  const state = replay(
    ['target_state.updated', { state: { apps: {} } }],
    ['target_state.app_added', { app_name: 'web', app_config: { image: 'web:2' } }],
    ['target_state.app_updated', { app_name: 'web', new_config: { image: 'web:3' } }],
    ['target_state.volume_added', { volume_name: 'data' }],
    ['target_state.network_added', { network_name: 'front', network_config: { driver: 'bridge' } }],
    ['target_state.network_removed', { network_name: 'front' }],
    ['current_state.updated', { state: { apps: { web: { image: 'web:2' } } } }],
  );
  expect(state).toEqual({
    target_state: { apps: { web: { image: 'web:3' } }, volumes: { data: {} }, networks: {} },
    current_state: { apps: { web: { image: 'web:2' } } },
  });
});

test('tags are those that were added and not removed', () => {
  const state = replay(
    ['device.created', { device_name: 'press-07', tags: { site: 'lab', stage: 'test' } }],
    ['device.tags_changed', { added: { ring: 'canary' }, removed: ['stage'] }],
  );
  expect(state['tags']).toEqual({ site: 'lab', ring: 'canary' });
});

test('a job is open until it ends, and the last one to end is remembered', () => {
  const open = replay(
    ['job.queued', { job_id: '17' }],
    ['job.started', { job_id: '17' }],
    ['job.queued', { job_id: '18' }],
  );
  expect(resolve(open, '/jobs/open/17/status')).toBe('running');

  const ended = replay(
    ['job.started', { job_id: '17', job_name: 'update' }],
    ['job.failed', { job_id: '17', job_name: 'update', error: 'no space' }],
  );
  expect(ended['jobs']).toEqual({
    open: {},
    last: { status: 'failed', job_id: '17', job_name: 'update', error: 'no space', at: timestamp },
  });
});

test.each(['job.completed', 'job.failed', 'job.cancelled', 'job.timeout'])('%s closes the job', (name) => {
  const state = replay(['job.started', { job_id: '17' }], [name, { job_id: '17' }]);
  expect(resolve(state, '/jobs/open')).toEqual({});
});

test('an alert is there from its trigger to its resolution', () => {
  const alert = { alert_id: 'a-17', alert_name: 'high temperature' };
  const raised = replay(['device.alert_triggered', alert]);
  expect(resolve(raised, '/health/alerts/a-17')).toEqual({ ...alert, triggered_at: timestamp });
  expect(replay(['device.alert_triggered', alert], ['device.alert_resolved', alert])['health']).toEqual({
    alerts: {},
  });
});

test('a device is in maintenance until it is told otherwise', () => {
  expect(replay(['device.maintenance_mode', { reason: 'oil' }])['maintenance']).toEqual({
    reason: 'oil',
    enabled: true,
    since: timestamp,
  });
  expect(resolve(replay(['device.maintenance_mode', { enabled: false }]), '/maintenance/enabled')).toBe(false);
});

test('a removed container, volume, network, image or sensor leaves nothing behind', () => {
  const state = replay(
    ['container.created', { container_name: 'web', image: 'web:2' }],
    ['container.removed', { container_name: 'web' }],
    ['volume.created', { volume_name: 'data' }],
    ['volume.removed', { volume_name: 'data' }],
    ['network.created', { network_name: 'front' }],
    ['network.removed', { network_name: 'front' }],
    ['image.pulled', { image: 'web:2' }],
    ['image.removed', { image: 'web:2' }],
    ['sensor.configured', { sensor_id: 't-1' }],
    ['sensor.removed', { sensor_id: 't-1' }],
  );
  expect(state).toEqual({ containers: {}, volumes: {}, networks: {}, images: {}, sensors: {} });
});

test('a device is online from device.online to device.offline, and its firmware is the one it was updated to', () => {
  const state = replay(
    ['device.online', { agent_version: '3.1.0' }],
    ['device.firmware_updated', { old_version: '3.1.0', new_version: '3.2.0' }],
    ['device.offline', { reason: 'no heartbeat' }],
  );
  expect(state).toEqual({
    connectivity: { online: false, since: timestamp, last_seen: timestamp, reason: 'no heartbeat' },
    firmware: { agent_version: '3.1.0', version: '3.2.0', previous_version: '3.1.0', updated_at: timestamp },
  });
});
