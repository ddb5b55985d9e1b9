/** Pages of events, and what is asked about them again and again. */
import {
  type TArray,
  type TInteger,
  type TObject,
  type TOptional,
  type TProperties,
  type TString,
  Type,
} from 'typebox';
import { cursor, event, uuid } from './event.ts';

/** A page of events, and where the next one begins. */
export const eventPage = Type.Object(
  { events: Type.Array(event), nextCursor: Type.Union([cursor, Type.Null()]), total: Type.Optional(Type.Integer()) },
  { title: 'EventPage' },
);

/** A list in a query: the parameter once for each item. */
export const list = (words?: readonly string[]): TOptional<TArray<TString>> => {
  const item = words === undefined ? Type.String() : (Type.Enum([...words]) as unknown as TString);
  return Type.Optional(Type.Array(item, { maxItems: 1000 }));
};

export const count = Type.Integer({ minimum: 0 });
export const tenant = Type.Optional(
  Type.String({ minLength: 1, description: "Events of this tenant alone; a confined token's own is the only one" }),
);
export const daysBack = Type.Optional(Type.Integer({ minimum: 1, maximum: 3650 }));

interface PageQuery {
  readonly cursor: TOptional<TString>;
  readonly limit: TOptional<TInteger>;
  readonly tenant: TOptional<TString>;
}

export const pageQuery = (mostEvents: number): PageQuery => ({
  cursor: Type.Optional(cursor),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: mostEvents })),
  tenant,
});

/** The parameters of a query, and no others: a misspelt one must not pass for one that was left out. */
export const queryOf = <Properties extends TProperties>(properties: Properties): TObject<Properties> =>
  Type.Object(properties, { additionalProperties: false });

export const deviceParams = Type.Object({ uuid });
export const eventParams = Type.Object({ event_id: uuid });
