/** Images that the apps of a device are started from. */
import { Type } from 'typebox';
import { eventType } from '../event-type.ts';
import { anyOf, count, milliseconds, name, open, text } from '../field.ts';

const reference = Type.String({ minLength: 1, maxLength: 512 });
const image = {
  image: Type.Optional(reference),
  image_name: Type.Optional(reference),
  image_id: Type.Optional(name),
  digest: Type.Optional(Type.String({ pattern: '^sha256:[0-9a-f]{64}$' })),
  app_name: Type.Optional(name),
};
const identified = anyOf('image', 'image_name', 'image_id');
const at = '/images/{image|image_name|image_id}';
const shown = '{image|image_name|image_id}';

export const images = [
  eventType({
    name: 'image.pulled',
    aggregate: 'app',
    description: 'An image was downloaded.',
    category: 'operation',
    severity: 'info',
    tier: 'standard',
    days: 90,
    schema: open({ ...image, size_bytes: Type.Optional(count), duration_ms: Type.Optional(milliseconds) }, identified),
    summary: `Image ${shown} pulled[ in {duration_ms} ms]`,
    icon: 'cloud-download',
    state: [
      { op: 'set', path: `${at}/digest`, from: '/digest' },
      { op: 'set', path: `${at}/pulled_at`, from: '$timestamp' },
    ],
    valid: [
      { image: 'web:2', size_bytes: 48123310, duration_ms: 9120 },
      { image_id: 'f1e2', registry: 'local' },
    ],
    invalid: [
      { data: { size_bytes: 48123310 }, pointer: '' },
      { data: { image: 'web:2', digest: 'md5:17' }, pointer: '/digest' },
    ],
  }),
  eventType({
    name: 'image.pull_failed',
    aggregate: 'app',
    description: 'An image could not be downloaded.',
    category: 'operation',
    severity: 'error',
    tier: 'standard',
    days: 90,
    schema: open(
      { ...image, error: Type.Optional(text), attempt: Type.Optional(count), duration_ms: Type.Optional(milliseconds) },
      identified,
    ),
    summary: `Image ${shown} could not be pulled[: {error}]`,
    icon: 'cloud-off',
    state: [],
    valid: [{ image: 'web:3', error: 'manifest unknown', attempt: 2 }, { image_name: 'db:1' }],
    invalid: [
      { data: { error: 'manifest unknown' }, pointer: '' },
      { data: { image: 'web:3', error: '' }, pointer: '/error' },
    ],
  }),
  eventType({
    name: 'image.removed',
    aggregate: 'app',
    description: 'An image was deleted.',
    category: 'operation',
    severity: 'info',
    tier: 'standard',
    days: 90,
    schema: open({ ...image, freed_bytes: Type.Optional(count), reason: Type.Optional(text) }, identified),
    summary: `Image ${shown} removed[: {reason}]`,
    icon: 'trash',
    state: [{ op: 'remove', path: at }],
    valid: [{ image: 'web:1', freed_bytes: 47000111 }, { image_id: 'f1e2' }],
    invalid: [
      { data: {}, pointer: '' },
      { data: { image: 'web:1', freed_bytes: -1 }, pointer: '/freed_bytes' },
    ],
  }),
] as const;
