/** What a file of options may say, and how it is told what it may not. */
import { expect, test } from 'vitest';
import { configSections, readConfig } from '../src/config.ts';

test('every option may be given', () => {
  const given = { ...configSections, identity: { jwks: 'https://x.example/keys', clockSkew: 0 }, audit: false };

  expect(readConfig(given)).toEqual(given);
  expect(readConfig({})).toEqual({});
  expect(readConfig({ audit: { everySeconds: 0 } })).toEqual({ audit: { everySeconds: 0 } });
});

test.each([
  [[], 'options: expected an object (found: [])'],
  [{ limitz: {} }, '/limitz: expected one of limits, live, audit, metrics, ready, identity, store (found: limitz)'],
  [{ limits: 5 }, '/limits: expected an object (found: 5)'],
  [{ limits: { bodybytes: 5 } }, '/limits/bodybytes: expected one of bodyBytes, batchEvents'],
  [{ limits: { bodyBytes: '5' } }, '/limits/bodyBytes: expected a number above 0 (found: "5")'],
  [{ limits: { bodyBytes: 0 } }, '/limits/bodyBytes: expected a number above 0 (found: 0)'],
  [{ metrics: { open: 1 } }, '/metrics/open: expected true or false (found: 1)'],
  [{ identity: { jwks: '' } }, '/identity/jwks: expected a text (found: "")'],
  [{ audit: { everySeconds: -1 } }, '/audit/everySeconds: expected a number, 0 or more (found: -1)'],
  [{ limits: { constructor: 1 } }, '/limits/constructor: expected one of'],
  [{ toString: {} }, '/toString: expected one of'],
])('%j is refused by name', (value, message) => {
  expect(() => readConfig(value)).toThrow(message);
});
