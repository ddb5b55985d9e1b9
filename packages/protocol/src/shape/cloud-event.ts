/** CloudEvents 1.0 as JSON. */
import { type Static, Type } from 'typebox';

const text = Type.String({ minLength: 1 });

export const cloudEvent = Type.Object(
  {
    specversion: Type.Literal('1.0'),
    id: text,
    source: Type.String({ minLength: 1, description: 'URI reference; together with id it names the event' }),
    type: Type.String({ minLength: 1, description: 'event type, with or without a reversed domain before it' }),
    subject: Type.Optional(Type.String({ description: 'the aggregate_id; of a device, its UUID' })),
    time: Type.Optional(Type.String({ description: 'RFC 3339' })),
    datacontenttype: Type.Optional(Type.String()),
    dataschema: Type.Optional(Type.String()),
    data: Type.Optional(Type.Unknown({ description: 'a JSON object; none stands for an empty one' })),
    data_base64: Type.Optional(Type.String({ description: 'JSON, as base64' })),
  },
  {
    additionalProperties: Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()]),
    title: 'CloudEvent',
  },
);

export type CloudEvent = Static<typeof cloudEvent> & { readonly [extension: string]: unknown };
