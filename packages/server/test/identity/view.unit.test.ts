/** What a tenant is shown: nothing by which it could tell how much the others do. */
import { createHash, randomBytes } from 'node:crypto';
import { type Event, type Receipt, TelltaleError } from '@telltale/catalogue';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { makeViews } from '../../src/view.ts';

const secret = randomBytes(32).toString('base64url');
const viewOf = makeViews(secret);
const [acme, umbrella, all] = ['acme', 'umbrella', null].map((tenant) => viewOf({ tenant }));
if (acme === undefined || umbrella === undefined || all === undefined) throw new Error('three views');

const event = { event_id: 'e', tenant: 'acme', log: 3, position: 812, tier_position: 31, checksum: 'c' } as Event;

/** As the store writes them: a list of numbers for each log, and a sum. */
const cursorOf = (logs: number, digits: number): string => {
  const entry = [7, 1, Number('8'.repeat(digits)), Number('7'.repeat(15))];
  const body = Buffer.from(JSON.stringify(Array.from({ length: logs }, () => entry))).toString('base64url');
  return `${body}.${createHash('sha256').update(body).digest('hex').slice(0, 8)}`;
};

test('any cursor is opened as it was sealed, and fits a URL', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 3000 }), (cursor) => {
      const sealed = acme.sealCursor(cursor);

      expect(acme.openCursor(sealed)).toBe(cursor);
      expect(sealed).toMatch(/^[\w-]+$/);
    }),
  );
});

test('a sealed cursor is neither read nor changed', () => {
  const sealed = acme.sealCursor(cursorOf(1, 5));

  expect(Buffer.from(sealed, 'base64url').toString('latin1')).not.toContain('888');
  for (let at = 0; at < sealed.length; at += 7) {
    const changed = `${sealed.slice(0, at)}${sealed[at] === 'A' ? 'B' : 'A'}${sealed.slice(at + 1)}`;
    expect(() => acme.openCursor(changed)).toThrow(expect.objectContaining({ code: 'InvalidCursor' }));
  }
});

test.each([
  '',
  '.',
  'x',
  cursorOf(1, 5),
  'A'.repeat(400),
  acme.sealCursor('x').slice(1),
  `${acme.sealCursor('x')}=`,
  ` ${acme.sealCursor('x')}`,
  umbrella.sealCursor(cursorOf(1, 5)),
  all.sealCursor(cursorOf(1, 5)),
  makeViews(`${secret}2`)({ tenant: 'acme' }).sealCursor('x'),
])('what was not sealed for a tenant by this secret is no cursor of it: %#', (text) => {
  expect(() => acme.openCursor(text)).toThrow(expect.objectContaining({ code: 'InvalidCursor' }));
});

test('another process with the same secret opens it', () => {
  expect(makeViews(secret)({ tenant: 'acme' }).openCursor(acme.sealCursor('x'))).toBe('x');
});

test('the same cursor is sealed otherwise each time, so that standing still is not to be seen', () => {
  const seals = Array.from({ length: 1000 }, () => acme.sealCursor(cursorOf(1, 5)));

  expect(new Set(seals).size).toBe(1000);
});

test.each([1, 2, 3, 4, 8, 60, 256])(
  'of %i logs, a cursor is as long after one event as after all there can be',
  (logs) => {
    const lengths = [1, 4, 8, 12, 15].map((digits) => acme.sealCursor(cursorOf(logs, digits)).length);

    expect(new Set(lengths).size).toBe(1);
  },
);

test('a tenant sees its events, receipts, gaps and verifications without places in the log', () => {
  const receipt = { status: 'stored', event_id: 'e', log: 3, position: 812, tier_position: 31 } as Receipt;
  const verification = { event_id: 'e', log: 3, position: 812, valid: true, checksum: 'c', computed: 'c' };

  expect(acme.event(event)).toEqual({ event_id: 'e', tenant: 'acme' });
  expect(acme.receipt(receipt)).toEqual({ status: 'stored', event_id: 'e' });
  expect(acme.gap({ log: 3, tier: 'debug', position: 812 })).toEqual({ tier: 'debug' });
  expect(acme.verification(verification)).toEqual({ event_id: 'e', valid: true });
});

test('who may see all tenants sees all of it', () => {
  expect(all.event(event)).toBe(event);
  expect(all.gap({ log: 3, tier: 'debug', position: 812 })).toEqual({ log: 3, tier: 'debug', position: 812 });
});

test('no failure tells a tenant a place in the log', () => {
  const place = { index: 4, pointer: '/event_id', expected: 812, found: 900 };
  for (const code of ['EventIdReused', 'CursorAhead'] as const) {
    const failure = acme.failure(new TelltaleError(code, 'position 812 of log 3', place));

    expect(failure).toMatchObject({ code, place: { index: 4, pointer: '/event_id' } });
    expect(JSON.stringify([failure.message, failure.place])).not.toMatch(/812|900/);
  }
});
