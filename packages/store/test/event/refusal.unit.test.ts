/** An event that is refused says which of the batch it is, where in it, what was expected and what was found. */
import { type EventInput, type FailureCode, TelltaleError } from '@telltale/catalogue';
import { describe, expect, test } from 'vitest';
import { type AnyEventStore, type EventLimits, EventStore } from '../../src/index.ts';

const device = '0192f0c1-7a52-7c3e-9b1a-2f6d0f3c8e11';
const good: EventInput = { event_type: 'device.heartbeat', device_uuid: device, data: {} };
const withData = (type: string, data: unknown): unknown => ({ ...good, event_type: type, data });
const state = (value: unknown): unknown => withData('current_state.updated', { state: { a: value } });
const metric = { metric: 'cpu', value: 93.4, threshold: 90, operator: '>' };

/** A closed store: what it would take gets as far as StoreClosed, and no database is needed. */
async function openNowhere(limits: Partial<EventLimits> = {}): Promise<AnyEventStore> {
  const store: AnyEventStore = new EventStore({ connection: 'postgres://127.0.0.1:1/none', worker: false, limits });
  await store.close();
  return store;
}

/** Publishes that many good events. */
async function publishMany(limits: Partial<EventLimits>, count: number): Promise<unknown> {
  return (await openNowhere(limits)).publishBatch(Array.from({ length: count }, () => good));
}

async function refusalOf(event: unknown, limits?: Partial<EventLimits>): Promise<TelltaleError> {
  const store = await openNowhere(limits);
  const error: unknown = await store.publishBatch([good, good, event as EventInput]).catch((thrown: unknown) => thrown);
  if (error instanceof TelltaleError) return error;
  throw new Error(`expected a refusal (found: ${String(error)})`);
}

/** A class of its own, so that no ISO text can stand for it. */
const holdsItself: Record<string, unknown> = {};
holdsItself['metric'] = holdsItself;

describe('the place of a refusal', () => {
  test.each<[string, unknown, FailureCode, string]>([
    ['no object', 42, 'InvalidEvent', ''],
    ['null', null, 'InvalidEvent', ''],
    ['without data', { event_type: 'device.heartbeat', device_uuid: device }, 'InvalidEvent', ''],
    ['with a field that no event has', { ...good, devise_uuid: device }, 'InvalidEvent', ''],
    ['with data that is a list', { ...good, data: [] }, 'InvalidEvent', '/data'],
    ['without a field that its schema requires', withData('device.metrics_threshold', {}), 'InvalidEvent', '/data'],
    [
      'with a field of another type',
      withData('device.metrics_threshold', { ...metric, value: '9' }),
      'InvalidEvent',
      '/data/value',
    ],
    [
      'with a value that is not among those allowed',
      withData('device.rebooted', { trigger: 'magic' }),
      'InvalidEvent',
      '/data/trigger',
    ],
    [
      'with a BigInt where a number is wanted',
      withData('device.metrics_threshold', { ...metric, value: 9n }),
      'InvalidEvent',
      '/data/value',
    ],
    ['with data that holds itself', withData('device.metrics_threshold', holdsItself), 'InvalidEvent', '/data'],
    ['with NUL in its data', state('x\u0000'), 'NulCharacter', '/data/state/a'],
    ['with NUL in its metadata', { ...good, metadata: { note: '\u0000' } }, 'NulCharacter', '/metadata/note'],
    ['with NUL in its source', { ...good, source: 'a\u0000' }, 'NulCharacter', '/source'],
    [
      'with NUL in its aggregate',
      { event_type: 'image.pulled', aggregate_id: 'a\u0000', data: { image: 'x' } },
      'NulCharacter',
      '/aggregate_id',
    ],
    [
      'with NUL in its actor',
      { ...good, metadata: { actor: { type: 'user', id: '\u0000' } } },
      'NulCharacter',
      '/metadata/actor/id',
    ],
    ['with half a surrogate pair', state('\ud83d'), 'LoneSurrogate', '/data/state/a'],
    [
      'with half a pair in its tenant',
      { ...good, metadata: { tenant: { id: '\ud83d', name: 'x' } } },
      'LoneSurrogate',
      '/metadata/tenant/id',
    ],
    ['with NaN', state(Number.NaN), 'UnsafeNumber', '/data/state/a'],
    ['with an integer beyond 2^53 - 1', state(2 ** 53), 'UnsafeNumber', '/data/state/a'],
    ['with a time that is none', { ...good, timestamp: '2026-02-30T00:00:00Z' }, 'InvalidTimestamp', '/timestamp'],
    [
      'with a time that is an object',
      { ...good, timestamp: Object.create(null) as object },
      'InvalidTimestamp',
      '/timestamp',
    ],
    [
      'dated 25 hours ahead',
      { ...good, timestamp: new Date(Date.now() + 90_000_000) },
      'TimestampInFuture',
      '/timestamp',
    ],
    ['with an id that is no UUID', { ...good, event_id: 'x' }, 'InvalidEvent', '/event_id'],
    ['with an id that is an object', { ...good, event_id: {} }, 'InvalidEvent', '/event_id'],
    ['with a correlation that is no UUID', { ...good, correlation_id: 'x' }, 'InvalidEvent', '/correlation_id'],
    ['with a causation that is no UUID', { ...good, causation_id: 'x' }, 'InvalidEvent', '/causation_id'],
    ['with a device that is no UUID', { ...good, device_uuid: 'press-07' }, 'InvalidEvent', '/device_uuid'],
    ['without its device', { event_type: 'device.heartbeat', data: {} }, 'InvalidEvent', '/device_uuid'],
    ['with two devices', { ...good, aggregate_id: device.replace('0192', '0193') }, 'InvalidEvent', '/aggregate_id'],
    [
      'of an aggregate without an id',
      { event_type: 'image.pulled', data: { image: 'x' } },
      'InvalidEvent',
      '/aggregate_id',
    ],
    [
      'of an aggregate whose id is empty',
      { event_type: 'image.pulled', aggregate_id: '', data: { image: 'x' } },
      'InvalidEvent',
      '/aggregate_id',
    ],
    [
      'of an aggregate whose id is over 255 characters',
      { event_type: 'image.pulled', aggregate_id: 'x'.repeat(256), data: { image: 'x' } },
      'InvalidEvent',
      '/aggregate_id',
    ],
    ['with an outcome of its own', { ...good, outcome: 'maybe' }, 'InvalidEvent', '/outcome'],
    ['with version 0', { ...good, schema_version: 0 }, 'InvalidEvent', '/schema_version'],
    ['with a trace that is none', { ...good, traceparent: 'zz' }, 'InvalidEvent', '/traceparent'],
    ['with an empty source', { ...good, source: '' }, 'InvalidEvent', '/source'],
    ['with metadata that is null', { ...good, metadata: null }, 'InvalidEvent', '/metadata'],
    ['with a severity of its own', { ...good, metadata: { severity: 'warn' } }, 'InvalidEvent', '/metadata/severity'],
    ['with an impact of its own', { ...good, metadata: { impact: 'huge' } }, 'InvalidEvent', '/metadata/impact'],
    ['with an actor without id', { ...good, metadata: { actor: { type: 'user' } } }, 'InvalidEvent', '/metadata/actor'],
    [
      'with an actor of its own kind',
      { ...good, metadata: { actor: { type: 'robot', id: '1' } } },
      'InvalidEvent',
      '/metadata/actor/type',
    ],
    ['with a tag that is no text', { ...good, metadata: { tags: { site: 1 } } }, 'InvalidEvent', '/metadata/tags/site'],
    [
      'with a source without service',
      { ...good, metadata: { source: { version: '1' } } },
      'InvalidEvent',
      '/metadata/source',
    ],
    [
      'with a tenant whose id is empty',
      { ...good, metadata: { tenant: { id: '', name: '' } } },
      'InvalidEvent',
      '/metadata/tenant/id',
    ],
  ])('an event %s', async (_what, event, code, pointer) => {
    const error = await refusalOf(event);

    expect(error).toMatchObject({ code, place: { index: 2, pointer } });
    expect(error.place.expected).toBeDefined();
    expect(error.message).toMatch(/^event 2: .*\/.*expected /s);
    if (!error.code.startsWith('Nul')) expect(error.message).toMatch(/\(found: .+\)/s);
  });
});

describe('the sentence of a refusal', () => {
  test.each([
    [
      withData('device.metrics_threshold', { ...metric, value: '9' }),
      'event 2: device.metrics_threshold at /data/value: expected it to be number (found: "9")',
    ],
    [
      withData('device.rebooted', { trigger: 'magic' }),
      'event 2: device.rebooted at /data/trigger: expected it to be one of ["user","schedule","update","watchdog","power_loss","crash","unknown"] (found: "magic")',
    ],
    [
      { ...good, devise_uuid: 'x', data: {} },
      /^event 2: event at \/: expected it to have no property "devise_uuid" \(found: /,
    ],
    [
      { ...good, traceparent: 'zz' },
      /^event 2: event at \/traceparent: expected it to match pattern ".*" \(found: "zz"\)$/,
    ],
    [
      state(2 ** 53),
      'event 2: /data/state/a: expected an integer within 2^53 - 1, or a string (found: 9007199254740992)',
    ],
    [{ ...good, device_uuid: 'press-07' }, 'event 2: /device_uuid: expected a UUID (found: press-07)'],
  ])('names place, expectation and finding: %#', async (event, sentence) => {
    const { message } = await refusalOf(event);

    if (typeof sentence === 'string') expect(message).toBe(sentence);
    else expect(message).toMatch(sentence);
  });

  test('what was found is cut short', async () => {
    const { message } = await refusalOf(withData('device.rebooted', { trigger: 'x'.repeat(40_000) }));

    expect(message.length).toBeLessThan(400);
  });
});

describe('limits', () => {
  test('an event is at most 50,000 bytes of canonical content, unless the limit is raised', async () => {
    const error = await refusalOf(state('ä'.repeat(25_000)));

    expect(error).toMatchObject({ code: 'EventTooLarge', place: { index: 2, expected: 50_000 } });
    expect(error.place.found).toBeGreaterThan(50_000);
    expect((await refusalOf(state('ä'.repeat(25_000)), { eventBytes: 60_000 })).code).toBe('StoreClosed');
    expect((await refusalOf(state('x'.repeat(200)), { eventBytes: 400 })).code).toBe('EventTooLarge');
  });

  test('a batch has at most 10,000 events, unless the limit is raised', async () => {
    await expect(publishMany({}, 10_001)).rejects.toMatchObject({
      code: 'BatchTooLarge',
      message: 'expected at most 10000 events (found: 10001); split the batch',
    });
    await expect(publishMany({ batchEvents: 3 }, 4)).rejects.toMatchObject({ code: 'BatchTooLarge' });
    await expect(publishMany({ batchEvents: 20_000 }, 10_001)).rejects.toMatchObject({ code: 'StoreClosed' });
  });

  test('a batch has at most 20,000,000 bytes, unless the limit is changed', async () => {
    const large = state('x'.repeat(2000)) as EventInput;

    await expect((await openNowhere({ batchBytes: 5000 })).publishBatch([large, large, large])).rejects.toMatchObject({
      code: 'BatchTooLarge',
      message: expect.stringMatching(/^expected at most 5000 bytes \(found: \d+\); split the batch$/),
    });
    await expect((await openNowhere()).publishBatch([large, large, large])).rejects.toMatchObject({
      code: 'StoreClosed',
    });
  });

  test('what is no list of events is refused', async () => {
    await expect((await openNowhere()).publishBatch(good as never)).rejects.toMatchObject({ code: 'InvalidArgument' });
  });

  test('nothing published is nothing done', async () => {
    expect(await (await openNowhere()).publishBatch([])).toEqual([]);
  });
});

describe('what is welcome', () => {
  test.each<[string, object]>([
    ['23 hours ahead', { timestamp: new Date(Date.now() + 82_800_000) }],
    ['200 years old', { timestamp: '1826-11-23T00:00:00Z' }],
    [
      'with metadata of its own kind',
      { metadata: { anything: { nested: [1, null, 'x'] }, request: { id: 'r', extra: true } } },
    ],
    ['with nulls for what it has not', { source: null, correlation_id: null, causation_id: null, traceparent: null }],
    ['with a UUID in capitals', { event_id: device.toUpperCase() }],
    ['named by its aggregate alone', { aggregate_id: device, device_uuid: null }],
  ])('an event %s', async (_what, more) => {
    expect((await refusalOf({ ...good, ...more })).code).toBe('StoreClosed');
  });
});
