/** Arbitrary events for fast-check: valid ones, with everything in them that an event may have. */
import { actorTypes, type Event, type EventInput, impacts, outcomes, severities } from '@telltale/catalogue';
import fc from 'fast-check';
import { json, jsonObject, objectOf, text } from './json.ts';

const uuid = fc.uuid();
const shortText = text
  .filter((value) => value.length > 0)
  .map((value) => value.slice(0, 60).replace(/[\ud800-\udbff]$/, '') || 'x');

/** Any microsecond from 1715 on that is not in the future. */
const timestamp = fc
  .tuple(
    fc.oneof(
      fc.integer({ min: -8_046_000_000, max: 1_790_000_000 }),
      fc.constantFrom(-1, 0, 946_684_799, 946_684_800, 1_700_000_000),
    ),
    fc.integer({ min: 0, max: 999_999 }),
  )
  .map(
    ([second, digits]) => `${new Date(second * 1000).toISOString().slice(0, 19)}.${String(digits).padStart(6, '0')}Z`,
  );

const tags = fc
  .array(fc.tuple(text, text), { maxLength: 4 })
  .map((members) => objectOf(members) as Record<string, string>);

/** A record with any of its members: fast-check's own leaves an optional one out only once in six times. */
function someOf<Shape extends object>(
  members: { [Key in keyof Shape]: fc.Arbitrary<Shape[Key]> },
): fc.Arbitrary<Partial<Shape>> {
  return fc
    .tuple(fc.record(members), fc.subarray(Object.keys(members)))
    .map(
      ([all, keys]) => Object.fromEntries(Object.entries(all).filter(([key]) => keys.includes(key))) as Partial<Shape>,
    );
}

const mostly = <Item>(usual: Item, arbitrary: fc.Arbitrary<Item>): fc.Arbitrary<Item> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary });

const actor = fc
  .tuple(fc.constantFrom(...actorTypes), shortText, someOf({ name: text, ip_address: text, about: json }))
  .map(([type, id, more]) => ({ type, id, ...more }));

const known = someOf({
  actor,
  source: fc
    .tuple(fc.record({ service: shortText, version: text, environment: text }), someOf({ instance_id: text }))
    .map(([source, more]) => ({ ...source, ...more })),
  tenant: fc.record({ id: shortText, name: text }),
  request: fc.record({ id: text, path: text }),
  severity: fc.constantFrom(...severities),
  impact: fc.constantFrom(...impacts),
  compliance: someOf({
    regulation: fc.array(text, { maxLength: 2 }),
    retention_years: fc.nat(20),
    encrypted: fc.boolean(),
  }),
  tags,
});

/** A key of anybody's own, and one that is a trap for whoever copies objects key by key. */
const others = fc
  .tuple(fc.array(fc.tuple(text, json), { maxLength: 3 }), fc.boolean(), json)
  .map(([own, trap, value]): [string, unknown][] => [
    ...own.map(([key, item]): [string, unknown] => [`x${key}`, item]),
    ...(trap ? [['__proto__', value] satisfies [string, unknown]] : []),
  ]);

/** Metadata with the keys we know and, now and then, any others. */
export const metadata: fc.Arbitrary<Record<string, unknown>> = fc
  .tuple(known, mostly<[string, unknown][]>([], others))
  .map(([ours, more]) => objectOf([...Object.entries(ours), ...more]));

const envelope = fc
  .tuple(
    fc.record({ event_id: uuid, timestamp }),
    someOf({
      metadata,
      correlation_id: fc.option(uuid),
      causation_id: fc.option(uuid),
      source: fc.option(shortText),
      outcome: fc.constantFrom(...outcomes),
      traceparent: fc.constantFrom(null, '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'),
    }),
  )
  .map(([required, more]) => ({ ...required, ...more }));

const onDevice = fc.record({
  event_type: fc.constant('current_state.updated'),
  device_uuid: uuid,
  data: fc.record({ state: jsonObject }),
});

const onAggregate = fc
  .tuple(
    fc.record({
      event_type: fc.constant('image.removed'),
      data: fc.record({ image: fc.constant('web:1') }),
      aggregate_id: shortText,
    }),
    fc.option(uuid),
  )
  .map(([event, device]) => (device === null ? event : { ...event, device_uuid: device }));

/** A job counts the versions of its stream. */
const onStream = fc.record({
  event_type: fc.constant('job.started'),
  data: fc.record({ job_id: fc.constant('17') }),
  aggregate_id: shortText,
});

/** What repeats something else is stored once: an actor that is the device, an aggregate named like it, a source twice. */
function repeat(input: EventInput, which: readonly string[]): EventInput {
  const { device_uuid: device, metadata: given } = input;
  const repeated = { ...input };
  if (which.includes('actor') && device != null && given?.actor !== undefined)
    repeated.metadata = objectOf(Object.entries({ ...given, actor: { ...given.actor, id: device } }));
  if (which.includes('aggregate') && device != null && input.aggregate_id !== undefined) repeated.aggregate_id = device;
  if (which.includes('source') && given?.source !== undefined) repeated.source = given.source.service;
  return repeated;
}

/** A valid event with an id and a timestamp. */
export const event: fc.Arbitrary<EventInput> = fc
  .tuple(
    fc.oneof({ weight: 4, arbitrary: onDevice }, onAggregate, onStream),
    envelope,
    fc.subarray(['actor', 'aggregate', 'source']),
  )
  .map(([own, common, which]) => repeat({ ...own, ...common }, which));

/** What readAll must hand back of an event, beside what the log adds. */
export function expectedOf(
  input: EventInput,
  defaults: Pick<Event, 'severity' | 'aggregate_type'>,
): Record<string, unknown> {
  const { metadata: given = {} } = input;
  const severity = given.severity ?? defaults.severity;
  return {
    event_id: input.event_id,
    event_type: input.event_type,
    timestamp: input.timestamp,
    device_uuid: input.device_uuid ?? null,
    aggregate_type: defaults.aggregate_type,
    aggregate_id: input.aggregate_id ?? input.device_uuid,
    data: input.data,
    metadata: Object.defineProperties(
      {},
      { ...Object.getOwnPropertyDescriptors(given), severity: { value: severity, enumerable: true } },
    ),
    severity,
    impact: given.impact ?? null,
    tenant: given.tenant?.id ?? null,
    actor_type: given.actor?.type ?? null,
    actor_id: given.actor?.id ?? null,
    correlation_id: input.correlation_id ?? null,
    causation_id: input.causation_id ?? null,
    source: input.source ?? given.source?.service ?? null,
    outcome: input.outcome ?? null,
    traceparent: input.traceparent ?? null,
  };
}
