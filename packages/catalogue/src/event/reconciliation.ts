/** A device bringing its current state to the target state. */
import { Type } from 'typebox';
import { eventType } from '../event-type.ts';
import { anyOf, closed, count, metadata, milliseconds, name, text } from '../field.ts';

const action = metadata;
const actions = Type.Array(Type.Union([name, action]), { maxItems: 1000 });
const attempt = {
  reconciliation_id: Type.Optional(name),
  target_version: Type.Optional(count),
  current_version: Type.Optional(count),
};
const differences = Type.Array(Type.Union([name, metadata]), { maxItems: 1000 });

export const reconciliation = [
  eventType({
    name: 'reconciliation.started',
    aggregate: 'device',
    description: 'A device began to bring its current state to the target state.',
    category: 'state',
    severity: 'info',
    tier: 'standard',
    days: 90,
    schema: closed({
      ...attempt,
      actions_count: Type.Optional(count),
      actions: Type.Optional(actions),
      reason: Type.Optional(text),
    }),
    summary: 'Reconciliation started[, {actions_count} actions]',
    icon: 'arrows-diff',
    state: [
      { op: 'set', path: '/reconciliation/status', value: 'running' },
      { op: 'set', path: '/reconciliation/since', from: '$timestamp' },
    ],
    valid: [{ actions_count: 3, actions: ['pull web:2', { type: 'start', app: 'web' }] }, {}],
    invalid: [
      { data: { actions_count: -1 }, pointer: '/actions_count' },
      { data: { actions: 'pull' }, pointer: '/actions' },
    ],
  }),
  eventType({
    name: 'reconciliation.completed',
    aggregate: 'device',
    description: 'A device finished bringing its current state to the target state.',
    category: 'state',
    severity: 'info',
    tier: 'standard',
    days: 90,
    schema: closed({
      ...attempt,
      actions_count: count,
      success: Type.Boolean(),
      duration_ms: milliseconds,
      actions: Type.Optional(actions),
      errors: Type.Optional(Type.Array(text, { maxItems: 1000 })),
    }),
    summary: 'Reconciliation finished: {actions_count} actions in {duration_ms} ms, success {success}',
    icon: 'arrows-join',
    state: [
      { op: 'set', path: '/reconciliation', value: { status: 'completed' } },
      { op: 'set', path: '/reconciliation/success', from: '/success' },
      { op: 'set', path: '/reconciliation/actions_count', from: '/actions_count' },
      { op: 'set', path: '/reconciliation/since', from: '$timestamp' },
    ],
    valid: [
      { actions_count: 3, success: true, duration_ms: 4120 },
      { actions_count: 1, success: false, duration_ms: 88.5, errors: ['no space left'] },
    ],
    invalid: [
      { data: { actions_count: 3, success: true }, pointer: '' },
      { data: { actions_count: 3, success: 'yes', duration_ms: 10 }, pointer: '/success' },
    ],
  }),
  eventType({
    name: 'reconciliation.failed',
    aggregate: 'device',
    description: 'A device could not bring its current state to the target state.',
    category: 'state',
    severity: 'error',
    tier: 'important',
    days: 365,
    schema: closed({
      ...attempt,
      error: text,
      failed_action: Type.Optional(Type.Union([name, action])),
      actions_count: Type.Optional(count),
      actions_completed: Type.Optional(count),
      duration_ms: Type.Optional(milliseconds),
      will_retry: Type.Optional(Type.Boolean()),
    }),
    summary: 'Reconciliation failed: {error}',
    icon: 'arrows-split',
    state: [
      { op: 'set', path: '/reconciliation', value: { status: 'failed' } },
      { op: 'set', path: '/reconciliation/error', from: '/error' },
      { op: 'set', path: '/reconciliation/since', from: '$timestamp' },
    ],
    valid: [
      { error: 'image web:3 not found', failed_action: 'pull web:3' },
      { error: 'time-out', will_retry: true },
    ],
    invalid: [
      { data: { duration_ms: 10 }, pointer: '' },
      { data: { error: '' }, pointer: '/error' },
    ],
  }),
  eventType({
    name: 'reconciliation.drift_detected',
    aggregate: 'device',
    description: 'The current state of a device no longer is what its target state asks for.',
    category: 'state',
    severity: 'warning',
    tier: 'important',
    days: 365,
    schema: closed(
      {
        ...attempt,
        differences: Type.Optional(differences),
        drift: Type.Optional(Type.Union([differences, metadata])),
        drift_count: Type.Optional(count),
        reason: Type.Optional(text),
      },
      anyOf('differences', 'drift', 'drift_count'),
    ),
    summary: 'Drift from the target state[, {drift_count} differences][: {reason}]',
    icon: 'git-compare',
    state: [
      { op: 'set', path: '/reconciliation', value: { status: 'drifted' } },
      { op: 'set', path: '/reconciliation/drift_count', from: '/drift_count' },
      { op: 'set', path: '/reconciliation/since', from: '$timestamp' },
    ],
    valid: [
      { drift_count: 1, differences: ['apps.web.image'] },
      { drift: { web: { target: 'web:3', current: 'web:2' } } },
    ],
    invalid: [
      { data: {}, pointer: '' },
      { data: { drift_count: 'one' }, pointer: '/drift_count' },
    ],
  }),
] as const;
