/** What a device really runs, as its agent reports it. */
import { Type } from 'typebox';
import { eventType } from '../event-type.ts';
import { anyOf, closed, count, document, name, names, open, text, version } from '../field.ts';

const app = {
  app_name: name,
  app_id: Type.Optional(Type.Union([name, Type.Integer()])),
  container_id: Type.Optional(name),
  container_name: Type.Optional(name),
  image: Type.Optional(name),
  version: Type.Optional(version),
};

export const currentState = [
  eventType({
    name: 'current_state.updated',
    aggregate: 'device',
    description: 'A device reported its whole current state.',
    category: 'state',
    severity: 'info',
    tier: 'standard',
    days: 90,
    schema: closed(
      {
        state: Type.Optional(document),
        old_state: Type.Optional(Type.Union([document, Type.Null()])),
        new_state: Type.Optional(document),
        changed_fields: Type.Optional(names),
        version: Type.Optional(Type.Integer({ minimum: 0 })),
      },
      anyOf('state', 'new_state'),
    ),
    summary: 'Current state reported[: {changed_fields}]',
    icon: 'device-desktop-analytics',
    state: [{ op: 'set', path: '/current_state', from: ['/new_state', '/state'] }],
    valid: [{ state: { apps: { web: { status: 'running' } } } }, { new_state: {}, old_state: null, version: 3 }],
    invalid: [
      { data: {}, pointer: '' },
      { data: { state: [] }, pointer: '/state' },
    ],
  }),
  eventType({
    name: 'current_state.app_started',
    aggregate: 'device',
    description: 'A device reported that an app runs.',
    category: 'state',
    severity: 'info',
    tier: 'standard',
    days: 90,
    schema: open({ ...app, startup_ms: Type.Optional(Type.Number({ minimum: 0 })) }),
    summary: 'App {app_name} started',
    icon: 'player-play',
    state: [
      { op: 'set', path: '/apps/{app_name}/status', value: 'running' },
      { op: 'set', path: '/apps/{app_name}/since', from: '$timestamp' },
      { op: 'set', path: '/apps/{app_name}/image', from: '/image' },
      { op: 'set', path: '/apps/{app_name}/version', from: '/version' },
    ],
    valid: [
      { app_name: 'web', image: 'web:2' },
      { app_name: 'db', app_id: 1001, replicas: 1 },
    ],
    invalid: [
      { data: { image: 'web:2' }, pointer: '' },
      { data: { app_name: 'web', startup_ms: -1 }, pointer: '/startup_ms' },
    ],
  }),
  eventType({
    name: 'current_state.app_stopped',
    aggregate: 'device',
    description: 'A device reported that an app no longer runs.',
    category: 'state',
    severity: 'info',
    tier: 'standard',
    days: 90,
    schema: open({ ...app, reason: Type.Optional(text), exit_code: Type.Optional(Type.Integer()) }),
    summary: 'App {app_name} stopped[: {reason}]',
    icon: 'player-stop',
    state: [
      { op: 'set', path: '/apps/{app_name}/status', value: 'stopped' },
      { op: 'set', path: '/apps/{app_name}/since', from: '$timestamp' },
    ],
    valid: [
      { app_name: 'web', exit_code: 0 },
      { app_name: 'db', reason: 'target state' },
    ],
    invalid: [
      { data: { exit_code: 0 }, pointer: '' },
      { data: { app_name: 'web', exit_code: '0' }, pointer: '/exit_code' },
    ],
  }),
  eventType({
    name: 'current_state.app_crashed',
    aggregate: 'device',
    description: 'A device reported that an app died.',
    category: 'state',
    severity: 'error',
    tier: 'important',
    days: 365,
    schema: open({
      ...app,
      exit_code: Type.Optional(Type.Integer()),
      signal: Type.Optional(name),
      error: Type.Optional(text),
      restart_count: Type.Optional(count),
    }),
    summary: 'App {app_name} crashed[ with {exit_code}][: {error}]',
    icon: 'bug',
    state: [
      { op: 'set', path: '/apps/{app_name}/status', value: 'crashed' },
      { op: 'set', path: '/apps/{app_name}/since', from: '$timestamp' },
      { op: 'set', path: '/apps/{app_name}/exit_code', from: '/exit_code' },
      { op: 'set', path: '/apps/{app_name}/restart_count', from: '/restart_count' },
    ],
    valid: [
      { app_name: 'web', exit_code: 137, signal: 'SIGKILL' },
      { app_name: 'db', error: 'out of memory' },
    ],
    invalid: [
      { data: {}, pointer: '' },
      { data: { app_name: 'web', restart_count: -2 }, pointer: '/restart_count' },
    ],
  }),
  eventType({
    name: 'current_state.app_health_changed',
    aggregate: 'device',
    description: 'A device reported another health of an app.',
    category: 'state',
    severity: 'warning',
    tier: 'standard',
    days: 90,
    schema: open(
      {
        ...app,
        health: Type.Optional(name),
        old_health: Type.Optional(Type.Union([name, Type.Null()])),
        new_health: Type.Optional(name),
        reason: Type.Optional(text),
      },
      anyOf('health', 'new_health'),
    ),
    summary: 'Health of app {app_name} is {new_health|health}[: {reason}]',
    icon: 'heart-rate-monitor',
    state: [
      { op: 'set', path: '/apps/{app_name}/health', from: ['/new_health', '/health'] },
      { op: 'set', path: '/apps/{app_name}/health_since', from: '$timestamp' },
    ],
    valid: [
      { app_name: 'web', old_health: 'healthy', new_health: 'unhealthy' },
      { app_name: 'db', health: 'healthy' },
    ],
    invalid: [
      { data: { app_name: 'web' }, pointer: '' },
      { data: { app_name: 'web', health: true }, pointer: '/health' },
    ],
  }),
] as const;
