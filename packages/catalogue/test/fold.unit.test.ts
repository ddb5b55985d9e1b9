/** The steps of a fold, one by one, and what hostile data do to them: nothing. */
import { describe, expect, test } from 'vitest';
import { type DeviceState, foldEvent, resolve, type StateChange } from '../src/index.ts';

const timestamp = '2025-11-14T09:12:00.123456Z';

function fold(state: DeviceState, data: unknown, ...changes: StateChange[]): DeviceState {
  return foldEvent(state, { event_type: 'probe.sent', timestamp, data }, changes);
}

describe('steps', () => {
  test('set puts a constant, a field, the whole data, the time or the type at a path', () => {
    const state = fold(
      {},
      { a: { b: 1 } },
      { op: 'set', path: '/constant', value: false },
      { op: 'set', path: '/field', from: '/a/b' },
      { op: 'set', path: '/deep/whole', from: '' },
      { op: 'set', path: '/time', from: '$timestamp' },
      { op: 'set', path: '/type', from: '$type' },
    );
    expect(state).toEqual({
      constant: false,
      field: 1,
      deep: { whole: { a: { b: 1 } } },
      time: timestamp,
      type: 'probe.sent',
    });
  });

  test('the first field that is present wins, and null is present', () => {
    const from = ['/new_state', '/state'];
    expect(fold({}, { state: 2 }, { op: 'set', path: '/s', from })).toEqual({ s: 2 });
    expect(fold({}, { state: 2, new_state: null }, { op: 'set', path: '/s', from })).toEqual({ s: null });
  });

  test('a step whose field is missing, in the data or in the path, changes nothing', () => {
    const state = { a: 1 };
    expect(fold(state, {}, { op: 'set', path: '/a', from: '/b' })).toBe(state);
    expect(fold(state, {}, { op: 'set', path: '/{b}', value: 2 })).toBe(state);
    expect(fold(state, null, { op: 'remove', path: '/{b}' })).toBe(state);
    expect(fold(state, { b: { c: 1 } }, { op: 'set', path: '/{b}', value: 2 })).toBe(state);
  });

  test('a path takes its keys from the data, the first present of several, whatever characters they hold', () => {
    const change: StateChange = { op: 'set', path: '/images/{image|image_id}/seen', value: true };
    expect(fold({}, { image: 'registry/web:2~rc' }, change)).toEqual({
      images: { 'registry/web:2~rc': { seen: true } },
    });
    expect(fold({}, { image_id: 17 }, change)).toEqual({ images: { '17': { seen: true } } });
  });

  test('a list in a path stands for each of its items', () => {
    const state = { tags: { a: '1', b: '2', c: '3' } };
    expect(fold(state, { removed: ['a', 'c', 'x'] }, { op: 'remove', path: '/tags/{removed}' })).toEqual({
      tags: { b: '2' },
    });
  });

  test('merge is a JSON merge patch: objects merge, null removes, lists and texts replace', () => {
    const state = { a: { keep: 1, gone: 2, list: [1, 2], deep: { x: 1, y: 2 } } };
    const patch = { gone: null, list: [3], deep: { y: null, z: 3 }, fresh: { n: null, m: 1 } };
    expect(fold(state, patch, { op: 'merge', path: '/a', from: '' })).toEqual({
      a: { keep: 1, list: [3], deep: { x: 1, z: 3 }, fresh: { m: 1 } },
    });
  });

  test('remove takes a key away and leaves its neighbours; removing what is not there changes nothing', () => {
    const state = { a: { b: 1, c: 2 } };
    expect(fold(state, {}, { op: 'remove', path: '/a/b' })).toEqual({ a: { c: 2 } });
    expect(fold(state, {}, { op: 'remove', path: '/x/y/z' })).toBe(state);
  });

  test('a value in the way of a path gives way to an object', () => {
    expect(fold({ a: [1, 2] }, {}, { op: 'set', path: '/a/b', value: 1 })).toEqual({ a: { b: 1 } });
  });
});

describe('hostile data', () => {
  test('keys such as __proto__ are keys like any other and pollute nothing', () => {
    const data: unknown = JSON.parse('{"key":"__proto__","patch":{"__proto__":{"polluted":1},"constructor":{"x":1}}}');
    const state = fold(
      {},
      data,
      { op: 'set', path: '/{key}/polluted', value: 1 },
      { op: 'merge', path: '/m', from: '/patch' },
      { op: 'merge', path: '/m', from: '/patch' },
    );
    expect(JSON.stringify(state)).toBe(
      '{"__proto__":{"polluted":1},"m":{"__proto__":{"polluted":1},"constructor":{"x":1}}}',
    );
    expect(Object.getPrototypeOf(state)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  test('a key of that name can be removed again', () => {
    const state = fold({}, { key: '__proto__' }, { op: 'set', path: '/{key}', value: 1 });
    expect(JSON.stringify(fold(state, { key: '__proto__' }, { op: 'remove', path: '/{key}' }))).toBe('{}');
  });

  test('inherited properties are no fields', () => {
    expect(fold({}, {}, { op: 'set', path: '/a', from: '/constructor/name' })).toEqual({});
    expect(fold({}, { list: [1] }, { op: 'set', path: '/a', from: '/list/length' })).toEqual({});
  });

  test('a payload nested 20,000 deep does not exhaust the stack', () => {
    const depth = 20_000;
    let deep: unknown = {};
    for (let i = 0; i < depth; i++) deep = { a: deep };
    const merge: StateChange = { op: 'merge', path: '/m', from: '' };
    const state = fold(fold({}, deep, merge), deep, merge);
    expect(resolve(state, `/m${'/a'.repeat(depth)}`)).toEqual({});
  });
});
