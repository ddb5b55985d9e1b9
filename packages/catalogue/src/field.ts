/** The field schemas that event types share, so that one idea (a reason, an address, a duration) has one shape. */
import { type Static, type TObject, type TProperties, type TSchema, type TUnsafe, Type } from 'typebox';

/** A device, event or correlation. */
export const uuid = Type.String({ format: 'uuid' });
/** A moment, RFC 3339 with an offset. */
export const instant = Type.String({ format: 'date-time' });
/** An identifier or a name. 255 is what the older system's `aggregate_id varchar(255)` could hold. */
export const name = Type.String({ minLength: 1, maxLength: 255 });
/** Free words of a person or a program: a reason, an error message. 4,000 keeps a stack trace out. */
export const text = Type.String({ minLength: 1, maxLength: 4000 });
export const version = Type.String({ minLength: 1, maxLength: 100 });
export const url = Type.String({ format: 'uri', maxLength: 2048 });
export const sha256 = Type.String({ pattern: '^[0-9a-f]{64}$' });
export const ipAddress = Type.Union([Type.String({ format: 'ipv4' }), Type.String({ format: 'ipv6' })]);
/** The pattern of the specification, section 10. */
export const macAddress = Type.String({ pattern: '^([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}$' });
export const port = Type.Integer({ minimum: 1, maximum: 65535 });
/** A count that JavaScript can hold exactly. */
export const count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
export const milliseconds = Type.Number({ minimum: 0 });
export const seconds = Type.Number({ minimum: 0 });
export const percent = Type.Number({ minimum: 0, maximum: 100 });
export const names = Type.Array(name, { maxItems: 1000 });
/** Something an install keeps beside the declared fields. */
export const metadata = Type.Unsafe<Record<string, unknown>>({ type: 'object' });
/** A document whose shape belongs to the fleet: a state, an app's configuration. */
export const document = Type.Unsafe<Record<string, unknown>>({ type: 'object' });
export const labels = mapOf(Type.String({ maxLength: 1000 }));
export const location = closed({
  latitude: Type.Optional(Type.Number({ minimum: -90, maximum: 90 })),
  longitude: Type.Optional(Type.Number({ minimum: -180, maximum: 180 })),
  altitude: Type.Optional(Type.Number()),
  site: Type.Optional(name),
  address: Type.Optional(text),
});
export const severity = Type.Enum(['debug', 'info', 'warning', 'error', 'critical']);

/** An object of the named fields and no others. */
export function closed<P extends TProperties>(fields: P, rule: Record<string, unknown> = {}): TObject<P> {
  return Type.Object(fields, { additionalProperties: false, ...rule });
}

/** An object of the named fields to which a fleet may add its own. */
export function open<P extends TProperties>(
  fields: P,
  rule: Record<string, unknown> = {},
): TUnsafe<Static<TObject<P>> & Record<string, unknown>> {
  return Type.Unsafe(Type.Object(fields, { additionalProperties: true, ...rule }));
}

/** An object from any key to one kind of value. Not `Type.Record`: its pattern lets a key with a line break go unchecked. */
function mapOf<S extends TSchema>(value: S): TUnsafe<Record<string, Static<S>>> {
  return Type.Unsafe({ type: 'object', additionalProperties: value });
}

/** The rule that at least one of the fields is there. Each branch names its field, which strict validators ask for. */
export function anyOf(...fields: string[]): { anyOf: { properties: Record<string, true>; required: string[] }[] } {
  return { anyOf: fields.map((field) => ({ properties: { [field]: true }, required: [field] })) };
}
