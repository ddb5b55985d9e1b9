/** Takes metadata apart into columns, the part that many events share, and the part that is this event's own. */
import { actorTypes, type EventMetadata, impacts, severities } from '@telltale/catalogue';
import { canonicalize } from './canonical.ts';

/** Keys whose values repeat over the events of a device or service: stored once and pointed to. */
const sharedKeys = new Set(['compliance', 'source', 'tags', 'tenant']);

export interface PreparedMetadata {
  readonly severity: number | null;
  readonly impact: number | null;
  readonly actorType: number | null;
  readonly actorId: string | null;
  readonly tenant: string | null;
  readonly source: string | null;
  /** Null where metadata.source.service says the same. */
  readonly storedSource: string | null;
  readonly shared: string | null;
  readonly own: string | null;
  /** Canonical text of all but severity and impact, for the content. */
  readonly text: string;
}

const empty: PreparedMetadata = {
  severity: null,
  impact: null,
  actorType: null,
  actorId: null,
  tenant: null,
  source: null,
  storedSource: null,
  shared: null,
  own: null,
  text: '{}',
};

/** @throws what `canonicalize` throws. The shape was checked before. */
export function prepareMetadata(metadata: EventMetadata | undefined, source: string | null): PreparedMetadata {
  if (metadata === undefined) return source === null ? empty : { ...empty, source, storedSource: source };
  let all = '';
  let shared = '';
  let own = '';
  for (const key of Object.keys(metadata).sort()) {
    const value = metadata[key];
    if (value === undefined || key === 'severity' || key === 'impact') continue;
    const member = `${canonicalize(key)}:${canonicalize(value, `/metadata/${key}`, 1)}`;
    all += all === '' ? member : `,${member}`;
    if (sharedKeys.has(key)) shared += shared === '' ? member : `,${member}`;
    else if (key !== 'actor') own += own === '' ? member : `,${member}`;
  }
  const { actor } = metadata;
  const about = actor === undefined ? null : actorText(actor);
  if (about !== null) own = own === '' ? about : `${about},${own}`;
  return {
    severity: metadata.severity === undefined ? null : severities.indexOf(metadata.severity),
    impact: metadata.impact === undefined ? null : impacts.indexOf(metadata.impact),
    actorType: actor === undefined ? null : actorTypes.indexOf(actor.type),
    actorId: actor?.id ?? null,
    tenant: metadata.tenant?.id ?? null,
    source: source ?? metadata.source?.service ?? null,
    storedSource: source === metadata.source?.service ? null : source,
    shared: shared === '' ? null : `{${shared}}`,
    own: own === '' ? null : `{${own}}`,
    text: `{${all}}`,
  };
}

/** What an actor has beyond the two columns; null when that is nothing. */
function actorText(actor: object): string | null {
  const { type: _type, id: _id, ...about } = actor as { type: string; id: string };
  const text = canonicalize(about, '/metadata/actor', 1);
  return text === '{}' ? null : `"actor":${text}`;
}

/** Metadata put together again from what is stored. */
export function assembleMetadata(stored: {
  shared: object | null;
  own: object | null;
  actorType: number | null;
  actorId: string | null;
}): EventMetadata {
  const metadata: EventMetadata = { ...(stored.shared ?? {}), ...(stored.own ?? {}) };
  if (stored.actorType !== null) {
    const type = actorTypes[stored.actorType] ?? 'system';
    metadata.actor = { type, id: stored.actorId ?? '', ...(metadata.actor as object | undefined) };
  }
  return metadata;
}
