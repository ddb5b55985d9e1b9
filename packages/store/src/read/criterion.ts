/** Checks what reads are asked for, before PostgreSQL sees it: ids, times, limits, event types, tenants. */
import { TelltaleError } from '@telltale/catalogue';
import type { Registry } from '../catalogue/registry.ts';
import type { Session, Value } from '../database/database.ts';
import { formatTime, parseTime } from '../event/time.ts';
import { parseUuid } from '../event/uuid.ts';

/** A time as callers give it: a Date, or RFC 3339 text with an offset. */
export type Time = Date | string;

/** Microseconds since 1970, both inclusive; null is open. */
export interface TimeRange {
  readonly from: number | null;
  readonly to: number | null;
}

export function refuseArgument(pointer: string, expected: string, found: unknown): TelltaleError {
  const shown = String(found).slice(0, 60);
  return new TelltaleError('InvalidArgument', `${pointer}: expected ${expected} (found: ${shown})`, {
    pointer,
    expected,
    found,
  });
}

/** @throws InvalidArgument unless it is a UUID. Returns it in lower case. */
export function uuidOf(value: unknown, pointer: string): string {
  const uuid = parseUuid(value);
  if (uuid === undefined) throw refuseArgument(pointer, 'a UUID', value);
  return uuid;
}

/** A whole number within bounds. @throws InvalidArgument; never cuts, so that nobody takes a part for the whole. */
export function wholeNumber(value: unknown, pointer: string, least: number, most: number): number {
  if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most) return value as number;
  throw refuseArgument(
    pointer,
    `a whole number from ${least.toLocaleString('en')} to ${most.toLocaleString('en')}`,
    value,
  );
}

/** @throws InvalidArgument for anything but null, nothing, or a name. */
export function tenantOf(tenant: unknown): string | null {
  if (tenant === undefined || tenant === null) return null;
  if (typeof tenant === 'string' && tenant.length > 0) return tenant;
  throw refuseArgument('/tenant', 'the id of a tenant, or null for all', tenant === '' ? 'an empty text' : tenant);
}

/**
 * From a time, inclusive, until another, exclusive.
 * @throws InvalidTimestamp, and InvalidArgument for a range that ends before it begins.
 */
export function rangeOf(
  from: Time | null | undefined,
  until: Time | null | undefined,
  names: readonly [from: string, until: string],
): TimeRange {
  const first = from == null ? null : parseTime(from, names[0]);
  const end = until == null ? null : parseTime(until, names[1]);
  if (first !== null && end !== null && end < first) {
    throw refuseArgument(names[1], `a time that is not before ${names[0].slice(1)}`, formatTime(end));
  }
  return { from: first, to: end === null ? null : end - 1 };
}

/** Numbers of the types, sorted; null for all. @throws UnknownEventType with the nearest names. */
export async function typeIdsOf(
  session: Session,
  registry: Registry,
  names: readonly string[] | null | undefined,
): Promise<number[] | null> {
  if (names === undefined || names === null) return null;
  if (!Array.isArray(names)) throw refuseArgument('/eventTypes', 'a list of event types', names);
  // A type that this process does not know may have been registered by another.
  if (names.some((name) => registry.find(name) === undefined)) await registry.refresh(session);
  return [...new Set(names.map((name) => registry.get(name).id))].sort((one, other) => one - other);
}

/** A parameter of type timestamptz: the time, or the end of time where the range is open. */
export function timeValue(micros: number | null, open: '-infinity' | 'infinity'): string {
  return micros === null ? open : formatTime(micros);
}

const day = 86_400_000_000;

/** The earliest recorded_at of events since then: publishing refuses what is dated more than 24 hours ahead. */
export function recordedSince(from: number | null): string {
  return timeValue(from === null ? null : from - day, '-infinity');
}

/** Values in the order in which a statement has its parameters. */
export function valuesOf(parameters: readonly string[], values: Readonly<Record<string, Value>>): Value[] {
  return parameters.map((name) => {
    const value = values[name];
    if (value === undefined) throw new Error(`expected a value for the parameter ${name} (found: none)`);
    return value;
  });
}

/**
 * Whether the device index alone can count the events on a device: it does not hold the tenant, and a shard key of
 * version 5 may be that of an aggregate that is on no device.
 */
export function isIndexable(device: string, tenant: string | null): boolean {
  return tenant === null && device[14] !== '5';
}

/** Names of the types of rows; those that other processes registered are read first. */
export async function typeNames(
  session: Session,
  registry: Registry,
  rows: readonly { readonly type_id: number }[],
): Promise<(row: { readonly type_id: number }) => string> {
  if (rows.some((row) => registry.findById(row.type_id) === undefined)) await registry.refresh(session);
  return ({ type_id }) => {
    const type = registry.findById(type_id);
    if (type === undefined) throw new Error(`expected event type ${type_id} in telltale.event_types (found: none)`);
    return type.name;
  };
}
