/** Differences of two states: which paths changed, and a watch over them that tells which event changed which. */
import { isDeepStrictEqual } from 'node:util';
import type { DeviceState } from '@telltale/catalogue';

type Keys = readonly string[];

/** A path whose value differs: the deepest where not both sides are objects. A side is undefined where it has none. */
export interface Difference {
  readonly path: Keys;
  readonly old: unknown;
  readonly new: unknown;
}

type JsonObject = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const childOf = (value: unknown, key: string): unknown =>
  isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;

/** An object with something in it, or nothing at all: what a search for the deepest paths goes into. */
const isOpen = (value: unknown): boolean => value === undefined || isObject(value);

/**
 * The changed paths of two states, by pointer. Objects are gone into, also one that came or went as a whole, so that
 * its fields are told one by one; arrays and scalars are compared whole, and so is an object against one of them.
 */
export function differencesOf(before: DeviceState, after: DeviceState): Difference[] {
  const found: Difference[] = [];
  collect(before, after, [], found);
  return found.sort((one, other) => compareText(pointerOf(one.path), pointerOf(other.path)));
}

function collect(before: unknown, after: unknown, path: Keys, found: Difference[]): void {
  if (before === after) return;
  const keys = new Set([before, after].flatMap((side) => (isObject(side) ? Object.keys(side) : [])));
  if (keys.size > 0 && isOpen(before) && isOpen(after)) {
    for (const key of keys) collect(childOf(before, key), childOf(after, key), [...path, key], found);
  } else if (!isDeepStrictEqual(before, after)) found.push({ path, old: before, new: after });
}

const compareText = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

/** RFC 6901. */
export function pointerOf(path: Keys): string {
  return path.map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

interface WatchNode {
  readonly children: Map<string, WatchNode>;
  /** Events that changed the path that ends here; undefined where none of the watched ends. */
  events: string[] | undefined;
}

const watchNode = (): WatchNode => ({ children: new Map(), events: undefined });

/** Watches paths while a state is folded. Branches that an event leaves alone are the same objects, and are passed by. */
export class PathWatch {
  readonly #root = watchNode();

  constructor(paths: Iterable<Keys>) {
    for (const path of paths) {
      let node = this.#root;
      for (const key of path) {
        const next = node.children.get(key) ?? watchNode();
        node.children.set(key, next);
        node = next;
      }
      node.events = [];
    }
  }

  /** Told of every event with the state before and after it. */
  see(eventId: string, before: DeviceState, after: DeviceState): void {
    visit(this.#root, before, after, eventId);
  }

  eventsOf(path: Keys): readonly string[] {
    let node: WatchNode | undefined = this.#root;
    for (const key of path) node = node?.children.get(key);
    return node?.events ?? [];
  }
}

function visit(node: WatchNode, before: unknown, after: unknown, eventId: string): void {
  if (before === after) return;
  if (node.events !== undefined && !isDeepStrictEqual(before, after)) node.events.push(eventId);
  for (const [key, child] of node.children) visit(child, childOf(before, key), childOf(after, key), eventId);
}
