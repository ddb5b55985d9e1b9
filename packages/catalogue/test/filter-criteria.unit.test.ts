/** The criteria of a search become the tree of a filter, and what is wrong with them is named. */
import { expect, test } from 'vitest';
import { type EventSearchCriteria, filterOf, printFilter, TelltaleError } from '../src/index.ts';

const device = '0192f0c1-7a52-7c3e-9b1a-2f6d0f3c8e11';

test('every criterion of the specification, and those added to it, is a term of the filter', () => {
  const criteria: EventSearchCriteria = {
    deviceUuid: device.toUpperCase(),
    eventTypes: ['device.online', 'job.*'],
    aggregateTypes: ['device'],
    dateFrom: new Date('2026-11-22T10:00:00.5Z'),
    dateTo: '2026-11-23T10:00:00.123456+01:00',
    severity: ['error', 'critical'],
    actor: { type: 'user', id: 'anna' },
    tags: { site: 'lab', 'a b': '' },
    correlationId: device,
    causationId: device,
    outcome: ['failure'],
    category: ['security', 'audit'],
    tenant: 'acme',
    text: 'disk "power  cut" - 5" pipe',
    filter: 'data.value>80 OR data.value<0',
    cursor: 'x',
    limit: 10,
    offset: 5,
  };

  expect(printFilter(filterOf(criteria))).toBe(
    [
      `device:${device}`,
      'type:device.online,"job.*"',
      'aggregate.type:device',
      'timestamp>=2026-11-22T10:00:00.500000Z',
      'timestamp<2026-11-23T09:00:00.123456Z',
      'severity:error,critical',
      'actor.type:user actor.id:anna',
      'tag.site:lab tag."a b":""',
      `correlation:${device} causation:${device}`,
      'outcome:failure category:security,audit tenant:acme',
      'disk "power cut" 5 pipe',
      '(data.value>80 OR data.value<0)',
    ].join(' '),
  );
});

test('no criteria let everything pass', () => {
  expect(printFilter(filterOf({}))).toBe('');
});

test('an empty list lets nothing pass', () => {
  expect(printFilter(filterOf({ eventTypes: [] }))).toBe('-type:*');
  expect(printFilter(filterOf({ severity: [] }))).toBe('-type:*');
});

test.each<[string, unknown, TelltaleError['code'], string | undefined, RegExp]>([
  ['an unknown criterion', { deviceUUID: device }, 'InvalidArgument', '/deviceUUID', /did you mean deviceUuid\?/],
  ['one of the prototype', { constructor: 'x' }, 'InvalidArgument', '/constructor', /expected one of/],
  ['no UUID', { deviceUuid: "' or true" }, 'InvalidArgument', '/deviceUuid', /a UUID/],
  ['no list', { eventTypes: 'device.online' }, 'InvalidArgument', '/eventTypes', /a list/],
  ['a list too long', { eventTypes: Array(1001).fill('x') }, 'InvalidArgument', '/eventTypes', /at most 1000/],
  ['no text in a list', { eventTypes: ['x', 7] }, 'InvalidArgument', '/eventTypes/1', /a text \(found: number\)/],
  ['an unknown severity', { severity: ['eror'] }, 'InvalidArgument', '/severity/0', /one of debug, info/],
  ['an unknown outcome', { outcome: ['ok'] }, 'InvalidArgument', '/outcome/0', /one of success/],
  ['an unknown kind of actor', { actor: { type: 'dog' } }, 'InvalidArgument', '/actor/type/0', /one of user/],
  ['more of an actor', { actor: { type: 'user', name: 'x' } }, 'InvalidArgument', '/actor/name', /type or id/],
  ['a tag that is no text', { tags: { a: 1 } }, 'InvalidArgument', '/tags/a', /a text/],
  [
    'too many tags',
    { tags: Object.fromEntries(Array.from({ length: 201 }, (_, i) => [`t${i}`, 'x'])) },
    'InvalidArgument',
    '',
    /at most 200/,
  ],
  ['an invalid Date', { dateFrom: new Date(Number.NaN) }, 'InvalidTimestamp', '/dateFrom', /a Date or a date-time/],
  ['a time without offset', { dateTo: '2026-11-23T10:00:00' }, 'InvalidTimestamp', '/dateTo', /a date-time/],
  [
    'an inverted range',
    { dateFrom: '2026-11-23T10:00:00Z', dateTo: '2026-11-22T10:00:00Z' },
    'InvalidArgument',
    '/dateTo',
    /a time from 2026-11-23/,
  ],
  ['text without words', { text: ' "-" ' }, 'InvalidFilter', '/text', /a word/],
  ['text that PostgreSQL cannot take', { tenant: 'a\0' }, 'InvalidArgument', '/tenant', /U\+0000/],
  ['half a surrogate pair', { text: 'a\ud800' }, 'InvalidArgument', '/text', /well-formed/],
  ['a filter out of its grammar', { filter: 'severity:eror' }, 'InvalidFilter', undefined, /character 10/],
  ['no object', 'device.online', 'InvalidArgument', '', /an object of criteria/],
])('%s is refused', (_what, criteria, code, pointer, message) => {
  try {
    filterOf(criteria as EventSearchCriteria);
  } catch (error) {
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) as string });
    expect((error as TelltaleError).place.pointer).toBe(pointer);
    return;
  }
  throw new Error('expected a refusal');
});
