/** Metadata is taken apart and put together again without a loss, whichever part of it is stored once for many events. */
import { actorTypes, type EventMetadata } from '@telltale/catalogue';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalize } from '../../src/event/canonical.ts';
import { assembleMetadata, isShared, splitMetadata } from '../../src/event/metadata.ts';
import { metadata } from './arbitrary.ts';

/** Severity and impact are columns, and no part of what is taken apart. */
function without(given: EventMetadata): EventMetadata {
  const { severity: _severity, impact: _impact, ...rest } = given;
  return rest;
}

test('any metadata comes back from its two parts and the columns of the actor', () => {
  fc.assert(
    fc.property(metadata, (given: EventMetadata) => {
      const { actor } = given;
      const assembled = assembleMetadata({
        ...splitMetadata(given),
        actorType: actor === undefined ? null : actorTypes.indexOf(actor.type),
        actorId: actor?.id ?? null,
      });

      expect(canonicalize(assembled)).toBe(canonicalize(without(given)));
    }),
    { numRuns: 500 },
  );
});

const pick = (of: object, keys: readonly string[]): object =>
  Object.fromEntries(Object.entries(of).filter(([key]) => keys.includes(key)));

test('metadata that is shared as a whole leaves nothing of its own behind', () => {
  const known = { tags: { site: 'lab' }, severity: 'info', impact: 'low', request: { id: 'r' }, note: 1 };
  const about = { name: 'n', ip_address: 'i', role: 'r' };
  fc.assert(
    fc.property(
      fc.subarray(Object.keys(known)),
      fc.option(fc.constantFrom(...actorTypes)),
      fc.subarray(Object.keys(about)),
      (keys, type, more) => {
        const actor = type === null ? {} : { actor: { type, id: 'a', ...pick(about, more) } };
        const given: EventMetadata = { ...pick(known, keys), ...actor };

        expect(isShared(given) ? splitMetadata(given).own : null).toBeNull();
      },
    ),
    { numRuns: 1000 },
  );
});
