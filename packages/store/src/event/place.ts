/** Where an event belongs: its aggregate, its device, and the shard key that ordering and dedupe go by. */
import { type EventInput, TelltaleError } from '@telltale/catalogue';
import type { RegisteredType, Registry } from '../catalogue/registry.ts';
import { requireUuid } from './envelope.ts';
import { parseUuid, shardKeyOf } from './uuid.ts';

export interface EventPlace {
  readonly aggregateType: string;
  readonly aggregateId: string;
  readonly onDevice: boolean;
  readonly shardKey: string;
  readonly shard: string;
}

/** @throws InvalidEvent when the aggregate or the device is missing, unknown or contradicts the other. */
export function placeOf(input: EventInput, type: RegisteredType, registry: Registry): EventPlace {
  const aggregateType = input.aggregate_type ?? type.aggregate;
  if (!registry.isAggregateType(aggregateType)) {
    throw refuse('/aggregate_type', 'a registered aggregate type', aggregateType);
  }
  const device = input.device_uuid == null ? undefined : requireUuid(input.device_uuid, '/device_uuid');
  if (aggregateType === 'device') return deviceAggregate(input.aggregate_id, device);

  if (input.aggregate_id === undefined) throw refuse('/aggregate_id', `the id of the ${aggregateType}`, 'nothing');
  const shard = device ?? `${aggregateType}:${input.aggregate_id}`;
  return {
    aggregateType,
    aggregateId: input.aggregate_id,
    onDevice: device !== undefined,
    shardKey: device ?? shardKeyOf(aggregateType, input.aggregate_id),
    shard,
  };
}

/** A device is its own aggregate, so either name of it will do. */
function deviceAggregate(aggregateId: string | undefined, device: string | undefined): EventPlace {
  const named = aggregateId === undefined ? undefined : parseUuid(aggregateId);
  if (aggregateId !== undefined && named === undefined)
    throw refuse('/aggregate_id', 'the UUID of the device', aggregateId);
  const uuid = device ?? named;
  if (uuid === undefined) throw refuse('/device_uuid', 'the UUID of the device', 'nothing');
  if (named !== undefined && named !== uuid) throw refuse('/aggregate_id', `the device ${uuid}`, named);
  return { aggregateType: 'device', aggregateId: uuid, onDevice: true, shardKey: uuid, shard: uuid };
}

function refuse(pointer: string, expected: string, found: string): TelltaleError {
  return new TelltaleError('InvalidEvent', `${pointer}: expected ${expected} (found: ${found})`, {
    pointer,
    expected,
    found,
  });
}
