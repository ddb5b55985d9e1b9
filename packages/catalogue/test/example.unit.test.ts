/** Each schema takes what its type's valid examples show and names the field that is wrong in each invalid one. */
import { describe, expect, test } from 'vitest';
import { catalogue, type EventType } from '../src/index.ts';
import { refusedPointers } from './validator.ts';

const types: readonly EventType[] = catalogue;

/** Groups whose payloads belong to the fleet as much as to us. */
const openNames = /^(container|image|volume|network|job|current_state\.app_\w+|device\.provisioned)(\.|$)/;

describe.each(types)('$name', (type) => {
  test.each(type.valid.map((data) => [data]))('takes %j', (data) => {
    expect(refusedPointers(type, data)).toEqual([]);
  });

  test.each(type.invalid.map(({ data, pointer }) => [data, pointer]))('refuses %j at "%s"', (data, pointer) => {
    expect(refusedPointers(type, data)).toEqual([pointer]);
  });

  test('has at least two valid and two invalid examples', () => {
    expect(type.valid.length).toBeGreaterThanOrEqual(2);
    expect(type.invalid.length).toBeGreaterThanOrEqual(2);
  });

  test('refuses data that are no object', () => {
    for (const data of [[], 'x', 1, null]) expect(refusedPointers(type, data)).toEqual(['']);
  });

  test('takes an undeclared field only where a fleet needs its own', () => {
    const refused = refusedPointers(type, Object.assign({ not_declared_by_anybody: 1 }, type.valid[0]));
    expect(refused).toEqual(openNames.test(type.name) ? [] : ['']);
  });
});
