/** What an event type declares: its schema, its place in retention, and how it changes a device's state. */
import type { Static, TSchema } from 'typebox';
import type { Category, Severity, Tier } from './word.ts';

/** A JSON Schema (draft 2020-12) that TypeBox made or a user wrote. */
export type DataSchema = TSchema;

/**
 * One step of a state fold. Paths are JSON pointers into the device's state; `{name}` in a path is replaced by that
 * field of the event's data, `{a|b}` by the first that is present; a field that is a list stands for each of its
 * items; a step whose field is missing is skipped. `merge` is JSON Merge Patch (RFC 7396). `value` is a constant;
 * `from` a JSON pointer into the data (`''` is all of it), or several, the first present wins; `'$timestamp'` and
 * `'$type'` name the envelope's own fields.
 */
export type StateChange =
  | { readonly op: 'set'; readonly path: string; readonly value: unknown }
  | { readonly op: 'set'; readonly path: string; readonly from: string | readonly string[] }
  | { readonly op: 'merge'; readonly path: string; readonly from: string | readonly string[] }
  | { readonly op: 'remove'; readonly path: string };

/** A payload that the schema must refuse, with the JSON pointer that the error must name. */
export interface InvalidExample {
  readonly data: unknown;
  readonly pointer: string;
}

/** An older schema of the same type, and the function that brings its data one version up on read. */
export interface PreviousSchema {
  readonly version: number;
  readonly schema: DataSchema;
  readonly upcast: (data: unknown) => unknown;
}

/** Everything the catalogue knows of one event type. */
export interface EventType<Name extends string = string, Schema extends DataSchema = DataSchema> {
  /** `noun.verb_past`, at most 100 characters. */
  readonly name: Name;
  /** Version of `schema`, from 1. A released version never changes; a new one needs an entry in `previous`. */
  readonly version: number;
  /** Aggregate type an event of this type belongs to unless the publisher names another. */
  readonly aggregate: string;
  readonly description: string;
  readonly category: Category;
  readonly severity: Severity;
  readonly tier: Tier;
  /** Days an event is kept at least, counted from its recorded_at; `null` keeps it for ever. */
  readonly days: number | null;
  readonly schema: Schema;
  readonly previous: readonly PreviousSchema[];
  /** JSON pointers of fields that hold personal data: never indexed as text, encrypted on demand. `*` is any key. */
  readonly personal: readonly string[];
  /** Identical repeats may be kept as one run; the interval in seconds within which the next is expected. */
  readonly repetitive: { readonly interval: number } | null;
  /** Publishers send only a sample of these. */
  readonly sampled: boolean;
  /**
   * One line for people; `{field}`, `{field.sub}` or `{a|b}` (the first present) is replaced from the data, and text in
   * square brackets is left out when a field in it is missing. Names no personal field.
   */
  readonly summary: string;
  /** Icon name of the Tabler set, which Mantine's pages use. */
  readonly icon: string;
  readonly state: readonly StateChange[];
  readonly valid: readonly [Static<Schema>, Static<Schema>, ...Static<Schema>[]];
  readonly invalid: readonly [InvalidExample, InvalidExample, ...InvalidExample[]];
}

/** The fields that have a sensible default, so that a declaration states only what is its own. */
type Defaulted = 'version' | 'previous' | 'personal' | 'repetitive' | 'sampled' | 'state';

export type EventTypeDeclaration<Name extends string, Schema extends DataSchema> = Omit<
  EventType<Name, Schema>,
  Defaulted
> &
  Partial<Pick<EventType<Name, Schema>, Defaulted>>;

/** Declares an event type; the literal name is kept for the union that `publish` is typed by. */
export function eventType<const Name extends string, Schema extends DataSchema>(
  declaration: EventTypeDeclaration<Name, Schema>,
): EventType<Name, Schema> {
  return { version: 1, previous: [], personal: [], repetitive: null, sampled: false, state: [], ...declaration };
}
