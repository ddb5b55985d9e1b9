/** Events typed by their name: the catalogue's, and those that the caller says they register. */
import type { DataOf, EventInput, FleetEventName } from '@telltale/catalogue';

/** Names and data of types registered at run time; the built-in ones are always known. */
export type CustomEvents = Record<string, unknown>;

/** What may be published: the catalogue's names and the caller's own. */
export type Publishable<Custom extends CustomEvents> = FleetEventName | (keyof Custom & string);

/** Data of an event type: the catalogue's, or what the caller says of their own types. */
export type EventData<Custom extends CustomEvents, Name> = Name extends FleetEventName
  ? DataOf<Name>
  : Name extends keyof Custom
    ? Custom[Name]
    : unknown;

/** An event of one of the names, its data typed by its name. */
export type TypedInput<Custom extends CustomEvents, Name extends Publishable<Custom>> = {
  [One in Name]: EventInput<One, EventData<Custom, One>>;
}[Name];
