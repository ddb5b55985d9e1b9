/** What passes a filter, what free text is looked for in, and that neither hostile filters nor hostile events make it slow. */
import { expect, test } from 'vitest';
import { type Event, matchFilter, parseFilter, searchValues, wordsOf } from '../src/index.ts';

const device = '0192f0c1-7a52-7c3e-9b1a-2f6d0f3c8e11';
const base: Event = {
  event_id: '0192f0c1-7a52-7c3e-9b1a-2f6d0f3c8e12',
  event_type: 'device.online',
  timestamp: '2026-11-23T10:00:00.000000Z',
  recorded_at: '2026-11-23T10:00:01.000000Z',
  aggregate_type: 'device',
  aggregate_id: device,
  device_uuid: device,
  shard_key: device,
  tenant: 'acme',
  data: { value: 80, text: 'Disk full', flag: true, nothing: null, items: ['a', { name: 'b' }], code: '80' },
  metadata: {
    actor: { type: 'user', id: 'anna' },
    source: { service: 'agent', version: '1', environment: 'production' },
    severity: 'warning',
    tags: { site: 'lab', 'a.b': 'x' },
  },
  actor_type: 'user',
  actor_id: 'anna',
  severity: 'warning',
  impact: null,
  outcome: null,
  category: 'connectivity',
  retention_tier: 'important',
  correlation_id: null,
  causation_id: null,
  source: 'agent',
  schema_version: 1,
  traceparent: null,
  log: 1,
  position: 7,
  tier_position: 7,
  stream_version: null,
  checksum: '',
};

const none = (): readonly string[] => [];
const passes = (text: string, event: Event = base): boolean =>
  matchFilter(parseFilter(text), { personal: none })(event);

test.each([
  '',
  'type:device.*',
  'type:*.on*e',
  'severity>=info severity<error',
  'severity:error,warning',
  'actor.id:anna tag.site:lab tag.a.b:x',
  'data.value>79.5 data.value<=80 data.value:80',
  'data.code:80',
  'data.code:"80"',
  'data.flag:true',
  'data.items.1.name:b',
  'data.items.-2:a',
  'data.text:Disk*',
  'data.text:*',
  '-data.nothing:*',
  '-data.missing:x',
  'data.missing!=x',
  'outcome!=failure',
  '-impact>=low',
  'environment:prod* service:agent',
  'metadata.source.version:1',
  'timestamp>=2026-11-23T10:00:00Z timestamp<2026-11-23T10:00:00.000001Z',
  'position:6,7 log:1',
  'device:0192F0C1*',
  'disk',
  '"disk full"',
  '"DISK, full!"',
  'online',
  '"device online"',
  'agent',
  'a OR zebra',
])('%s lets the event pass', (text) => {
  expect(passes(text)).toBe(true);
});

test.each([
  'type:device',
  'type:*.on',
  'severity>warning',
  'tag.missing:*',
  'data.value:"80"',
  'data.text>1',
  'data.flag:"False"',
  'data.nothing:*',
  'data.__proto__:*',
  'data.items.2:*',
  'correlation:*',
  'impact<high',
  'dis',
  '"full disk"',
  'text',
  'production',
  '"full agent"',
  '-disk',
  'anna',
  '"0192f0c1"',
])('%s keeps the event out', (text) => {
  expect(passes(text)).toBe(false);
});

test('a tenant confines whatever the filter says', () => {
  const tree = parseFilter('tenant:acme OR type:*');

  expect(matchFilter(tree, { personal: none, tenant: 'acme' })(base)).toBe(true);
  expect(matchFilter(tree, { personal: none, tenant: 'umbrella' })(base)).toBe(false);
  expect(matchFilter(tree, { personal: none, tenant: 'umbrella' })({ ...base, tenant: null })).toBe(false);
});

test('the search values are type, aggregate, source and the strings of the data, keys and personal fields left out', () => {
  const event: Event = {
    ...base,
    aggregate_type: 'job',
    aggregate_id: 'job-17',
    data: {
      a: 'one',
      b: ['two', { c: 'three', d: 4 }],
      e: { f: 'hidden' },
      g: [{ h: 'hidden', i: 'four' }],
      j: 'hidden',
    },
  };

  expect(searchValues(event, ['/e', '/g/*/h', '/*/k', '/j', '/missing/x'])).toEqual([
    'device.online',
    'job-17',
    'agent',
    'one',
    'two',
    'three',
    'four',
  ]);
  expect(searchValues({ ...base, source: null, data: { a: 'x' } }, [''])).toEqual(['device.online']);
});

test.each([
  ['Disk  FULL, on node-7', ['disk', 'full', 'on', 'node', '7']],
  ['__a_b__', ['a', 'b']],
  ['Ärger ÄRGER', ['Ärger', 'Ärger']],
  ['x\u00a0y 😀z', ['x\u00a0y', '😀z']],
  ['\u007f\u0001-', []],
])('the words of %j', (text, words) => {
  expect(wordsOf(text)).toEqual(words);
});

test('an event is cut into words once for all filters that look it up alike', () => {
  let asked = 0;
  const personal = (): readonly string[] => {
    asked += 1;
    return [];
  };
  const event = { ...base };
  for (let client = 0; client < 100; client++) matchFilter(parseFilter(`word${client}`), { personal })(event);

  expect(asked).toBe(1);
});

test.each([
  ['wildcards', `data.long:${'a*'.repeat(1000)}b`],
  ['wildcards between longer parts', `data.long:*${'aab*'.repeat(500)}`],
  ['a long part that nearly fits', `data.long:*b${'a'.repeat(4000)}*`],
  ['a long part that fits but for its end', `data.long:*${'a'.repeat(4000)}b*`],
  ['a phrase that nearly fits', `"${'a '.repeat(2000)}b"`],
])('%s cost no more on long text than its length allows', (_what, text) => {
  const matches = matchFilter(parseFilter(text), { personal: none });
  const long = { ...base, data: { long: 'a'.repeat(50_000), words: 'a '.repeat(25_000) } };
  const started = performance.now();
  for (let repeat = 0; repeat < 5; repeat++) expect(matches({ ...long })).toBe(false);

  expect(performance.now() - started).toBeLessThan(1000);
});
