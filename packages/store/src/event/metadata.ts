/** Takes metadata apart: columns, the part that many events share, and the part that is this event's own. */
import { type ActorType, actorTypes, type EventActor, type EventMetadata } from '@telltale/catalogue';
import { type CanonicalWriter, canonicalize } from './canonical.ts';

/** Keys whose values repeat over the events of a device or service: stored once and pointed to. */
const sharedKeys = new Set(['compliance', 'source', 'tags', 'tenant']);

/** Keys that are columns of their own and no part of the content's metadata. */
const columnKeys = new Set(['severity', 'impact']);

/** Writes metadata into the content: all of it but severity and impact. @throws what CanonicalWriter.value throws. */
export function writeMetadata(writer: CanonicalWriter, metadata: EventMetadata | undefined): void {
  if (metadata === undefined) writer.ascii('{}');
  else writer.value(metadata, '/metadata', columnKeys);
}

/** Metadata as it is stored: canonical texts, null where there is nothing. */
export interface StoredMetadata {
  readonly shared: string | null;
  readonly own: string | null;
}

/**
 * Splits metadata. What an actor has beyond type and id is shared when the actor is a device, like its tags; a person's
 * name and address are the event's own, because they must go with it.
 */
export function splitMetadata(metadata: EventMetadata | undefined): StoredMetadata {
  // Without a prototype, or a key `__proto__` would set it and be lost.
  const shared = Object.create(null) as Record<string, unknown>;
  const own = Object.create(null) as Record<string, unknown>;
  for (const [key, value] of Object.entries(metadata ?? {})) {
    if (value === undefined || columnKeys.has(key) || key === 'actor') continue;
    (sharedKeys.has(key) ? shared : own)[key] = value;
  }
  const actor = metadata?.actor;
  const about = actor === undefined ? undefined : aboutActor(actor);
  if (about !== undefined) (actor?.type === 'device' ? shared : own)['actor'] = about;
  return { shared: textOf(shared), own: textOf(own) };
}

/** Whether everything in it can be shared, so that its text as a whole tells how it is stored. */
export function isShared(metadata: EventMetadata): boolean {
  for (const key of Object.keys(metadata)) {
    if (sharedKeys.has(key) || columnKeys.has(key)) continue;
    if (key !== 'actor') return false;
    const { actor } = metadata;
    if (actor === undefined) continue;
    if (actor.ip_address !== undefined || (actor.type !== 'device' && aboutActor(actor) !== undefined)) return false;
  }
  return true;
}

function aboutActor({ type: _type, id: _id, ...about }: EventActor): object | undefined {
  return Object.values(about).some((value) => value !== undefined) ? about : undefined;
}

function textOf(part: Record<string, unknown>): string | null {
  return Object.keys(part).length === 0 ? null : canonicalize(part);
}

/** Metadata put together again from what is stored; severity and impact are left to the caller. */
export function assembleMetadata(stored: {
  shared: string | null;
  own: string | null;
  actorType: number | null;
  actorId: string | null;
}): EventMetadata {
  const metadata = { ...parse(stored.shared), ...parse(stored.own) };
  if (stored.actorType !== null) {
    const type: ActorType = actorTypes[stored.actorType] ?? 'system';
    metadata.actor = { ...metadata.actor, type, id: stored.actorId ?? '' };
  }
  return metadata;
}

function parse(text: string | null): EventMetadata {
  return text === null ? {} : (JSON.parse(text) as EventMetadata);
}
