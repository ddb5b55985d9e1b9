/** Folds an event into a device's state by the steps that its type declares. Pure: what it is given stays as it was. */
import type { StateChange } from './event-type.ts';
import { isObject, type Json, own, parsePointer, resolve } from './pointer.ts';

/** A device's state: target_state, current_state, apps, containers, jobs, connectivity, health and so on. */
export type DeviceState = Json;

/** The part of a recorded event that a fold reads. */
export interface FoldedEvent {
  readonly event_type: string;
  readonly timestamp: string;
  readonly data: unknown;
}

/** A step of a path: a fixed key, or fields of the data of which the first present one is the key. */
type Step = string | readonly string[];

/** Path templates parsed once: a fold of 100,000 events meets the same few hundred. Declarations are finite, so is this. */
const steps = new WeakMap<StateChange, readonly Step[]>();

/** Past this depth a merge sets instead, so that a payload of nothing but brackets cannot exhaust the stack. */
const deepestMerge = 64;

/**
 * The state after the event. Branches that the event leaves alone are the same objects as before, and a state that it
 * does not change at all is the same object, so a reader finds differences by identity. The new state may share
 * objects with the event's data.
 */
export function foldEvent(state: DeviceState, event: FoldedEvent, changes: readonly StateChange[]): DeviceState {
  let folded: unknown = state;
  for (const change of changes) {
    const update = updateOf(change, event);
    if (update === undefined) continue;
    for (const path of expand(stepsOf(change), event.data)) folded = changeAt(folded, path, 0, update);
  }
  return isObject(folded) ? folded : state;
}

/** What happens at the end of the path, or undefined when the data lack the field that the step takes. */
function updateOf(change: StateChange, event: FoldedEvent): ((old: unknown) => unknown) | undefined {
  if (change.op === 'remove') return () => undefined;
  const value = 'value' in change ? change.value : firstPresent(change.from, event);
  if (value === undefined) return undefined;
  return change.op === 'set' ? () => value : (old) => merge(old, value, 0);
}

function firstPresent(from: string | readonly string[], event: FoldedEvent): unknown {
  for (const source of typeof from === 'string' ? [from] : from) {
    const value = read(source, event);
    if (value !== undefined) return value;
  }
  return undefined;
}

function read(source: string, event: FoldedEvent): unknown {
  if (source === '$timestamp') return event.timestamp;
  if (source === '$type') return event.event_type;
  return resolve(event.data, source);
}

function stepsOf(change: StateChange): readonly Step[] {
  let parsed = steps.get(change);
  if (parsed === undefined) {
    parsed = parsePointer(change.path).map((token) =>
      token.startsWith('{') && token.endsWith('}') ? token.slice(1, -1).split('|') : token,
    );
    steps.set(change, parsed);
  }
  return parsed;
}

/** Fills the fields into the path. A list in the data makes a path of each of its keys; a missing field makes none. */
function expand(path: readonly Step[], data: unknown): readonly (readonly string[])[] {
  let paths: (readonly string[])[] = [[]];
  for (const step of path) {
    const keys = typeof step === 'string' ? [step] : keysOf(step, data);
    paths = paths.flatMap((start) => keys.map((key) => [...start, key]));
  }
  return paths;
}

function keysOf(fields: readonly string[], data: unknown): readonly string[] {
  for (const field of fields) {
    const value = isObject(data) ? own(data, field) : undefined;
    if (Array.isArray(value)) return value.flatMap(keyOf);
    const key = keyOf(value);
    if (key.length > 0) return key;
  }
  return [];
}

function keyOf(value: unknown): string[] {
  return typeof value === 'string' || typeof value === 'number' ? [String(value)] : [];
}

/** Copies the objects on the way to the change and no others. An undefined result means that the key is not there. */
function changeAt(node: unknown, path: readonly string[], depth: number, update: (old: unknown) => unknown): unknown {
  const key = path[depth];
  if (key === undefined) return update(node);
  const owner = isObject(node) ? node : {};
  const old = own(owner, key);
  const next = changeAt(old, path, depth + 1, update);
  if (Object.is(next, old)) return node;
  if (next !== undefined) return { ...owner, [key]: next };
  const { [key]: _removed, ...rest } = owner;
  return rest;
}

/** JSON Merge Patch (RFC 7396): objects are merged, null removes, everything else replaces. */
function merge(target: unknown, patch: unknown, depth: number): unknown {
  if (!isObject(patch) || depth === deepestMerge) return patch;
  const merged = new Map(isObject(target) ? Object.entries(target) : []);
  let changed = !isObject(target);
  for (const [key, value] of Object.entries(patch)) {
    const old = merged.get(key);
    const next = value === null ? undefined : merge(old, value, depth + 1);
    if (value === undefined || Object.is(next, old)) continue;
    changed = true;
    if (next === undefined) merged.delete(key);
    else merged.set(key, next);
  }
  return changed ? Object.fromEntries(merged) : target;
}
