/** Events with a small vocabulary in every field, so that a filter of the same words finds some of them. */
import { actorTypes, type EventInput, impacts, outcomes, severities } from '@telltale/catalogue';
import type { EventTypeRegistration } from '../../src/index.ts';
import { objectOf } from '../event/json.ts';
import type { Vocabulary } from './arbitrary-filter.ts';

const uuids = [1, 2, 3, 4].map((index) => `0192f0c1-7a52-7c3e-9b1a-0000000000a${index}`);

const texts = [
  'disk full',
  'Disk  FULL, on node-7',
  'a_b%c\\d',
  'a',
  'A a a',
  '80',
  '-1.5',
  'true',
  'null',
  '{}',
  '"disk" "full"',
  'line\nbreak\tdisk\u0001full',
  'Ärger ÄRGER ärger',
  'K Kelvin ſ',
  'İstanbul',
  '😀 disk😀full',
  'x\u00a0y',
  'secretword',
  'lab',
  'lab-2',
  'device',
  'agent',
  'acme',
  'umbrella',
  'anna',
  'production',
  uuids[0] as string,
  String.raw`\n disk \\u0041 full`,
  '',
];

const keys = [
  'text',
  'value',
  'a.b',
  '0',
  '1',
  '-1',
  '01',
  '*',
  'site',
  '',
  '__proto__',
  'personal',
  'list',
  "it's",
  '"q"',
  'ä',
];
const numbers = [0, 1, 80, -1.5, 80.5, 1e-7, 5e-324, 123456.789e-300, 9_007_199_254_740_991];
const times = [
  '2026-01-15T00:00:00.000000Z',
  '2026-01-15T00:00:00.000001Z',
  '2026-01-15T10:00:00.123456Z',
  '1900-06-01T00:00:00.000000Z',
];

const types = ['test.thing_happened', 'current_state.updated', 'image.removed', 'job.started', 'device.online'];

export const vocabulary: Vocabulary = {
  types,
  texts,
  uuids,
  times,
  numbers,
  keys,
  metadataPaths: [
    ['severity'],
    ['severity', 'text'],
    ['impact'],
    ['actor'],
    ['actor', 'type'],
    ['actor', 'id'],
    ['actor', 'id', 'x'],
    ['actor', 'name'],
    ['source'],
    ['source', 'service'],
    ['source', 'version'],
    ['tenant', 'id'],
    ['tags', 'site'],
    ['tags', 'a.b'],
    ['request', 'id'],
    ['own'],
    ['own', '0'],
    ['own', '-1'],
    ['own', 'value'],
    ['missing'],
  ],
};

/** Anything goes into its data, and three ways of naming personal fields into its declaration. */
export const ownType: EventTypeRegistration = {
  name: 'test.thing_happened',
  description: 'Something that a test needs.',
  schema: { type: 'object' },
  personal: ['/personal', '/list/*/personal', '/a.b/0', '/~01/*'],
};

/** Numbers in [0, 1) by a linear congruence: the same events in every run. */
function draw(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

export function eventsOf(seed: number, count: number): EventInput[] {
  const next = draw(seed * 7919 + 1);
  for (let warm = 0; warm < 10; warm++) next();
  return Array.from({ length: count }, () => eventOf(next));
}

type Next = () => number;

const pick = <Item>(next: Next, items: readonly Item[]): Item => items[Math.floor(next() * items.length)] as Item;
const some = <Item>(next: Next, item: () => Item): Item | undefined => (next() < 0.6 ? item() : undefined);

function jsonOf(next: Next, depth: number): unknown {
  const kind = next();
  if (kind < 0.45 || depth === 0) return pick(next, texts);
  if (kind < 0.6) return pick(next, numbers);
  if (kind < 0.7) return pick(next, [true, false, null, [], {}]);
  if (kind < 0.8) return [0, 1, 2].map(() => jsonOf(next, depth - 1));
  return objectOf([0, 1, 2].map(() => [pick(next, keys), jsonOf(next, depth - 1)]));
}

/** Members that are undefined are left out. */
function present(members: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

const name = (next: Next): string =>
  pick(
    next,
    texts.filter((text) => text !== ''),
  );

function metadataOf(next: Next): Record<string, unknown> {
  return present({
    actor: some(next, () => ({
      type: pick(next, actorTypes),
      id: pick(next, [name(next), uuids[0]]),
      name: pick(next, texts),
    })),
    source: some(next, () => ({ service: name(next), version: '1', environment: pick(next, texts) })),
    tenant: some(next, () => ({ id: pick(next, ['acme', 'umbrella']), name: 'x' })),
    tags: some(next, () => objectOf([0, 1].map(() => [pick(next, keys), pick(next, texts)]))),
    severity: some(next, () => pick(next, severities)),
    impact: some(next, () => pick(next, impacts)),
    request: some(next, () => ({ id: pick(next, texts) })),
    own: some(next, () => jsonOf(next, 2)),
  });
}

function eventOf(next: Next): EventInput {
  const type = pick(next, [...types, 'test.thing_happened', 'test.thing_happened']);
  const device = pick(next, uuids);
  const own = {
    'test.thing_happened': () => ({
      device_uuid: device,
      data: objectOf([0, 1, 2, 3].map(() => [pick(next, keys), jsonOf(next, 3)])),
    }),
    'current_state.updated': () => ({ device_uuid: device, data: { state: { value: jsonOf(next, 2) } } }),
    'image.removed': () => ({
      aggregate_id: name(next),
      data: { image: name(next) },
      ...present({ device_uuid: some(next, () => device) }),
    }),
    'job.started': () => ({ aggregate_id: name(next), data: { job_id: name(next) } }),
    'device.online': () => ({ device_uuid: device, data: { ip_address: '10.0.0.1', agent_version: 'disk full' } }),
  }[type] as () => object;
  return {
    event_type: type,
    ...own(),
    ...present({
      timestamp: some(next, () => pick(next, times)),
      metadata: some(next, () => metadataOf(next)),
      correlation_id: some(next, () => pick(next, uuids)),
      causation_id: some(next, () => pick(next, uuids)),
      source: some(next, () => name(next)),
      outcome: some(next, () => pick(next, outcomes)),
    }),
  } as EventInput;
}
