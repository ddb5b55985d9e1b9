/** The key of everything an event can be searched by: a 32-bit number that segments are indexed by. */

/** What a key stands for; its first letters keep equal values of different kinds apart. */
export type KeyKind =
  | 'severity'
  | 'outcome'
  | 'impact'
  | 'tier'
  | 'device'
  | 'aggregate.type'
  | 'aggregate.id'
  | 'actor.type'
  | 'actor.id'
  | 'source'
  | 'service'
  | 'environment'
  | 'tenant'
  | 'correlation'
  | 'causation'
  | 'lexeme'
  | 'late'
  | `tag.${string}`;

/**
 * FNV-1a over the kind and the value, mixed at the end as murmur3 does, as PostgreSQL's integer. Two values may share a
 * key: a key finds candidates, and whoever reads them looks again.
 */
export function keyOf(kind: KeyKind, value: string | number): number {
  return finish(hashText(hashText(2_166_136_261, `${kind}:`), String(value)));
}

/** Keys of one kind, whose name is hashed once. */
export function keysOfKind(kind: KeyKind): (value: string | number) => number {
  const seed = hashText(2_166_136_261, `${kind}:`);
  return (value) => finish(hashText(seed, String(value)));
}

/** Keys of one kind, for a value that is read unit by unit. */
export class KeyHash {
  readonly seed: number;

  constructor(kind: KeyKind) {
    this.seed = hashText(2_166_136_261, `${kind}:`);
  }

  of(value: string): number {
    return finish(hashText(this.seed, value));
  }

  add(hash: number, unit: number): number {
    return Math.imul(hash ^ unit, 16_777_619);
  }

  finish(hash: number): number {
    return finish(hash);
  }
}

/** A type's key is its own number, so that SQL can look for it as well. */
export const typeKey = (typeId: number): number => typeId;

/** An event that was recorded more than an hour after it happened. */
export const lateKey = keyOf('late', '');

function hashText(seed: number, text: string): number {
  let hash = seed;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 16_777_619);
  }
  return hash;
}

function finish(hash: number): number {
  let mixed = hash ^ (hash >>> 16);
  mixed = Math.imul(mixed, 0x85eb_ca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2_ae35);
  return (mixed ^ (mixed >>> 16)) | 0;
}
