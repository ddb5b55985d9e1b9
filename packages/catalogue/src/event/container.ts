/** Containers of the apps on a device. Open to further fields: every engine reports other ones. */
import { Type } from 'typebox';
import { eventType } from '../event-type.ts';
import { anyOf, count, labels, milliseconds, name, open, text } from '../field.ts';

const image = Type.String({ minLength: 1, maxLength: 512 });
const container = {
  container_id: Type.Optional(name),
  container_name: Type.Optional(name),
  app_name: Type.Optional(name),
  image: Type.Optional(image),
};
const identified = anyOf('container_id', 'container_name');
/** By name first: an engine gives a recreated container a new id, and the state shall not list both. */
const at = '/containers/{container_name|container_id}';

export const containers = [
  eventType({
    name: 'container.created',
    aggregate: 'app',
    description: 'A container was created.',
    category: 'operation',
    severity: 'info',
    tier: 'standard',
    days: 90,
    schema: open(
      {
        ...container,
        labels: Type.Optional(labels),
        ports: Type.Optional(Type.Array(Type.Unknown(), { maxItems: 200 })),
      },
      identified,
    ),
    summary: 'Container {container_name|container_id} created[ from {image}]',
    icon: 'box',
    state: [
      { op: 'set', path: at, from: '' },
      { op: 'set', path: `${at}/status`, value: 'created' },
      { op: 'set', path: `${at}/since`, from: '$timestamp' },
    ],
    valid: [
      { container_id: '8f3c2a', container_name: 'web', image: 'web:2', labels: { app: 'web' } },
      { container_name: 'db', restart_policy: 'always' },
    ],
    invalid: [
      { data: { image: 'web:2' }, pointer: '' },
      { data: { container_name: 'web', labels: { app: 1 } }, pointer: '/labels/app' },
    ],
  }),
  eventType({
    name: 'container.started',
    aggregate: 'app',
    description: 'A container started.',
    category: 'operation',
    severity: 'info',
    tier: 'standard',
    days: 90,
    schema: open({ ...container, startup_ms: Type.Optional(milliseconds) }, identified),
    summary: 'Container {container_name|container_id} started',
    icon: 'player-play',
    state: [
      { op: 'set', path: `${at}/container_id`, from: '/container_id' },
      { op: 'set', path: `${at}/image`, from: '/image' },
      { op: 'set', path: `${at}/status`, value: 'running' },
      { op: 'set', path: `${at}/since`, from: '$timestamp' },
    ],
    valid: [{ container_id: '8f3c2a' }, { container_name: 'web', image: 'web:2', pid: 4711 }],
    invalid: [
      { data: {}, pointer: '' },
      { data: { container_id: 17 }, pointer: '/container_id' },
    ],
  }),
  eventType({
    name: 'container.stopped',
    aggregate: 'app',
    description: 'A container was stopped.',
    category: 'operation',
    severity: 'info',
    tier: 'standard',
    days: 90,
    schema: open({ ...container, exit_code: Type.Optional(Type.Integer()), reason: Type.Optional(text) }, identified),
    summary: 'Container {container_name|container_id} stopped[: {reason}]',
    icon: 'player-stop',
    state: [
      { op: 'set', path: `${at}/status`, value: 'stopped' },
      { op: 'set', path: `${at}/exit_code`, from: '/exit_code' },
      { op: 'set', path: `${at}/since`, from: '$timestamp' },
    ],
    valid: [
      { container_id: '8f3c2a', exit_code: 0 },
      { container_name: 'web', reason: 'target state' },
    ],
    invalid: [
      { data: { exit_code: 0 }, pointer: '' },
      { data: { container_name: 'web', exit_code: 1.5 }, pointer: '/exit_code' },
    ],
  }),
  eventType({
    name: 'container.removed',
    aggregate: 'app',
    description: 'A container was removed.',
    category: 'operation',
    severity: 'info',
    tier: 'standard',
    days: 90,
    schema: open({ ...container, reason: Type.Optional(text) }, identified),
    summary: 'Container {container_name|container_id} removed[: {reason}]',
    icon: 'box-off',
    state: [{ op: 'remove', path: at }],
    valid: [{ container_id: '8f3c2a' }, { container_name: 'web', reason: 'replaced' }],
    invalid: [
      { data: { reason: 'replaced' }, pointer: '' },
      { data: { container_name: '' }, pointer: '/container_name' },
    ],
  }),
  eventType({
    name: 'container.restarted',
    aggregate: 'app',
    description: 'A container was restarted.',
    category: 'operation',
    severity: 'warning',
    tier: 'standard',
    days: 90,
    schema: open({ ...container, restart_count: Type.Optional(count), reason: Type.Optional(text) }, identified),
    summary: 'Container {container_name|container_id} restarted[: {reason}]',
    icon: 'refresh',
    state: [
      { op: 'set', path: `${at}/status`, value: 'running' },
      { op: 'set', path: `${at}/restart_count`, from: '/restart_count' },
      { op: 'set', path: `${at}/since`, from: '$timestamp' },
    ],
    valid: [
      { container_id: '8f3c2a', restart_count: 2 },
      { container_name: 'web', reason: 'health check' },
    ],
    invalid: [
      { data: { restart_count: 2 }, pointer: '' },
      { data: { container_name: 'web', restart_count: -1 }, pointer: '/restart_count' },
    ],
  }),
  eventType({
    name: 'container.crashed',
    aggregate: 'app',
    description: 'A container died.',
    category: 'operation',
    severity: 'error',
    tier: 'important',
    days: 365,
    schema: open(
      {
        ...container,
        exit_code: Type.Optional(Type.Integer()),
        signal: Type.Optional(name),
        oom_killed: Type.Optional(Type.Boolean()),
        error: Type.Optional(text),
        restart_count: Type.Optional(count),
      },
      identified,
    ),
    summary: 'Container {container_name|container_id} crashed[ with {exit_code}][: {error}]',
    icon: 'bug',
    state: [
      { op: 'set', path: `${at}/status`, value: 'crashed' },
      { op: 'set', path: `${at}/exit_code`, from: '/exit_code' },
      { op: 'set', path: `${at}/restart_count`, from: '/restart_count' },
      { op: 'set', path: `${at}/since`, from: '$timestamp' },
    ],
    valid: [
      { container_id: '8f3c2a', exit_code: 137, oom_killed: true },
      { container_name: 'web', error: 'segfault' },
    ],
    invalid: [
      { data: { exit_code: 137 }, pointer: '' },
      { data: { container_name: 'web', oom_killed: 'yes' }, pointer: '/oom_killed' },
    ],
  }),
  eventType({
    name: 'container.health_check_failed',
    aggregate: 'app',
    description: 'The health check of a container failed.',
    category: 'operation',
    severity: 'warning',
    tier: 'standard',
    days: 90,
    schema: open(
      {
        ...container,
        check: Type.Optional(Type.String({ maxLength: 1000 })),
        output: Type.Optional(Type.String({ maxLength: 16_000 })),
        exit_code: Type.Optional(Type.Integer()),
        failing_streak: Type.Optional(count),
      },
      identified,
    ),
    summary: 'Health check of container {container_name|container_id} failed[, {failing_streak} in a row]',
    icon: 'heart-broken',
    state: [
      { op: 'set', path: `${at}/health`, value: 'unhealthy' },
      { op: 'set', path: `${at}/health_since`, from: '$timestamp' },
    ],
    valid: [
      { container_id: '8f3c2a', failing_streak: 3 },
      { container_name: 'web', check: 'curl localhost', output: '' },
    ],
    invalid: [
      { data: { failing_streak: 3 }, pointer: '' },
      { data: { container_name: 'web', failing_streak: 'three' }, pointer: '/failing_streak' },
    ],
  }),
] as const;
