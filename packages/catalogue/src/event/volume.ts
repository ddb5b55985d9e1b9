/** Volumes that the apps of a device keep data on. */
import { Type } from 'typebox';
import { eventType } from '../event-type.ts';
import { anyOf, count, labels, name, open, text } from '../field.ts';

const volume = {
  volume_name: Type.Optional(name),
  volume_id: Type.Optional(name),
  app_name: Type.Optional(name),
  driver: Type.Optional(name),
};
const container = { container_id: Type.Optional(name), container_name: Type.Optional(name) };
const identified = anyOf('volume_name', 'volume_id');
const at = '/volumes/{volume_name|volume_id}';
const attachment = `${at}/attached/{container_name|container_id}`;

export const volumes = [
  eventType({
    name: 'volume.created',
    aggregate: 'volume',
    description: 'A volume was created.',
    category: 'operation',
    severity: 'info',
    tier: 'standard',
    days: 90,
    schema: open({ ...volume, size_bytes: Type.Optional(count), labels: Type.Optional(labels) }, identified),
    summary: 'Volume {volume_name|volume_id} created',
    icon: 'database-plus',
    state: [
      { op: 'set', path: at, from: '' },
      { op: 'set', path: `${at}/created_at`, from: '$timestamp' },
    ],
    valid: [{ volume_name: 'data', driver: 'local', size_bytes: 1073741824 }, { volume_id: 'v-17' }],
    invalid: [
      { data: { driver: 'local' }, pointer: '' },
      { data: { volume_name: 'data', size_bytes: 'big' }, pointer: '/size_bytes' },
    ],
  }),
  eventType({
    name: 'volume.removed',
    aggregate: 'volume',
    description: 'A volume and the data on it were removed.',
    category: 'operation',
    severity: 'warning',
    tier: 'important',
    days: 365,
    schema: open({ ...volume, freed_bytes: Type.Optional(count), reason: Type.Optional(text) }, identified),
    summary: 'Volume {volume_name|volume_id} removed[: {reason}]',
    icon: 'database-minus',
    state: [{ op: 'remove', path: at }],
    valid: [
      { volume_name: 'data', reason: 'app removed' },
      { volume_id: 'v-17', freed_bytes: 4096 },
    ],
    invalid: [
      { data: {}, pointer: '' },
      { data: { volume_name: '' }, pointer: '/volume_name' },
    ],
  }),
  eventType({
    name: 'volume.attached',
    aggregate: 'volume',
    description: 'A volume was attached to a container.',
    category: 'operation',
    severity: 'info',
    tier: 'standard',
    days: 90,
    schema: open(
      {
        ...volume,
        ...container,
        mount_point: Type.Optional(Type.String({ minLength: 1, maxLength: 4096 })),
        read_only: Type.Optional(Type.Boolean()),
      },
      identified,
    ),
    summary: 'Volume {volume_name|volume_id} attached[ to {container_name|container_id}]',
    icon: 'link',
    state: [
      { op: 'set', path: attachment, value: {} },
      { op: 'set', path: `${attachment}/mount_point`, from: '/mount_point' },
    ],
    valid: [
      { volume_name: 'data', container_name: 'db', mount_point: '/var/lib/db' },
      { volume_id: 'v-17', container_id: '8f3c2a', read_only: true },
    ],
    invalid: [
      { data: { container_name: 'db' }, pointer: '' },
      { data: { volume_name: 'data', read_only: 'no' }, pointer: '/read_only' },
    ],
  }),
  eventType({
    name: 'volume.detached',
    aggregate: 'volume',
    description: 'A volume was detached from a container.',
    category: 'operation',
    severity: 'info',
    tier: 'standard',
    days: 90,
    schema: open({ ...volume, ...container, reason: Type.Optional(text) }, identified),
    summary: 'Volume {volume_name|volume_id} detached[ from {container_name|container_id}]',
    icon: 'unlink',
    state: [{ op: 'remove', path: attachment }],
    valid: [
      { volume_name: 'data', container_name: 'db' },
      { volume_id: 'v-17', reason: 'container removed' },
    ],
    invalid: [
      { data: { container_name: 'db' }, pointer: '' },
      { data: { volume_id: 17 }, pointer: '/volume_id' },
    ],
  }),
] as const;
