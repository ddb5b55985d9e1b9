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

const metadata: fc.Arbitrary<Record<string, unknown>> = fc
  .tuple(
    fc.record(
      {
        actor: fc
          .tuple(
            fc.record({ type: fc.constantFrom(...actorTypes), id: shortText }),
            fc.record({ name: text, ip_address: text, about: json }, { requiredKeys: [] }),
          )
          .map(([actor, more]) => ({ ...actor, ...more })),
        source: fc.record(
          { service: shortText, version: text, environment: text, instance_id: text },
          { requiredKeys: ['service', 'version', 'environment'] },
        ),
        tenant: fc.record({ id: shortText, name: text }),
        request: fc.record({ id: text, path: text }),
        severity: fc.constantFrom(...severities),
        impact: fc.constantFrom(...impacts),
        compliance: fc.record({
          regulation: fc.array(text, { maxLength: 2 }),
          retention_years: fc.nat(20),
          encrypted: fc.boolean(),
        }),
        tags,
      },
      { requiredKeys: [] },
    ),
    fc.array(
      fc.tuple(
        text.map((key) => `x${key}`),
        json,
      ),
      { maxLength: 3 },
    ),
    fc.option(json),
  )
  // A key of anybody's own, and one that is a trap for whoever copies objects key by key.
  .map(([known, own, proto]) =>
    objectOf([...Object.entries(known), ...own, ...(proto === null ? [] : [['__proto__', proto] as const])]),
  );

const envelope = fc.record(
  {
    event_id: uuid,
    timestamp,
    metadata,
    correlation_id: fc.option(uuid),
    causation_id: fc.option(uuid),
    source: fc.option(shortText),
    outcome: fc.constantFrom(...outcomes),
    traceparent: fc.constantFrom(null, '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'),
  },
  { requiredKeys: ['event_id', 'timestamp'] },
);

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

/** A valid event with an id and a timestamp. */
export const event: fc.Arbitrary<EventInput> = fc
  .tuple(fc.oneof({ weight: 4, arbitrary: onDevice }, onAggregate, onStream), envelope)
  .map(([own, common]) => ({ ...own, ...common }));

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
