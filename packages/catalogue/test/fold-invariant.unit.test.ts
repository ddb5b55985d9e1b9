/** What holds for the fold of any event into any state. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { catalogue, type DeviceState, type EventType, foldEvent, resolve, type StateChange } from '../src/index.ts';

const timestamp = '2025-11-14T09:12:00.123456Z';

function fold(state: DeviceState, data: unknown, ...changes: StateChange[]): DeviceState {
  return foldEvent(state, { event_type: 'probe.sent', timestamp, data }, changes);
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(freeze);
  return value;
}

const key = fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor', '');
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, 1, 'x', true),
    fc.array(tie('tree'), { maxLength: 2 }),
    tie('node'),
  ),
  node: fc.dictionary(key, tie('tree'), { maxKeys: 4, noNullPrototype: true }),
}));
const node = fc.dictionary(key, tree, { maxKeys: 4, noNullPrototype: true });
const path = fc.array(key, { minLength: 1, maxLength: 4 }).map((keys) => keys.map((k) => `/${k}`).join(''));
const change: fc.Arbitrary<StateChange> = fc.oneof(
  fc.record({ op: fc.constant('set' as const), path, value: tree }),
  fc.record({ op: fc.constant('merge' as const), path, from: fc.constantFrom('', '/a', '/a/b') }),
  fc.record({ op: fc.constant('remove' as const), path }),
);

test('neither the state nor the data that went in are changed', () => {
  fc.assert(
    fc.property(node, node, fc.array(change, { maxLength: 5 }), (state, data, changes) => {
      const before = JSON.stringify([state, data]);
      fold(freeze(state), freeze(data), ...changes);
      expect(JSON.stringify([state, data])).toBe(before);
    }),
  );
});

test('what was set is found there, and what was removed is not', () => {
  fc.assert(
    fc.property(node, path, tree, (state, at, value) => {
      expect(resolve(fold(state, {}, { op: 'set', path: at, value }), at)).toBe(value);
      expect(resolve(fold(state, {}, { op: 'remove', path: at }), at)).toBeUndefined();
    }),
  );
});

test('a step leaves every branch but its own the same object', () => {
  fc.assert(
    fc.property(node, node, change, (state, data, step) => {
      const after = fold(state, data, step);
      const touched = step.path.split('/')[1];
      const others = (value: DeviceState) => Object.entries(value).filter(([name]) => name !== touched);
      const [left, right] = [others(state), others(after)];
      expect(right.map(([name]) => name)).toEqual(left.map(([name]) => name));
      for (const [index, [, value]] of right.entries()) expect(value).toBe(left[index]?.[1]);
    }),
  );
});

test('merging the same data a second time gives back the same object', () => {
  fc.assert(
    fc.property(node, node, (state, data) => {
      const merge: StateChange = { op: 'merge', path: '/m', from: '' };
      const once = fold(state, data, merge);
      expect(fold(once, data, merge)).toBe(once);
    }),
  );
});

test('any event of the catalogue folds into any state', () => {
  fc.assert(
    fc.property(node, fc.constantFrom<EventType>(...catalogue), tree, (state, type, noise) => {
      const event = { event_type: type.name, timestamp, data: noise };
      expect(foldEvent(freeze(state), event, type.state)).toBeTypeOf('object');
    }),
  );
});
