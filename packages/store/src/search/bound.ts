/** The times that a filter's events can lie between: what segments and partitions are pruned by. */
import type { Filter } from '@telltale/catalogue';
import { parseTime } from '../event/time.ts';
import type { TimeRange } from '../read/criterion.ts';

/** Microseconds since 1970, both inclusive; null is open. Only what holds for the whole filter counts. */
export function timeRangeOf(tree: Filter): TimeRange {
  const parts = tree.kind === 'and' ? tree.parts : [tree];
  let [from, to]: [number | null, number | null] = [null, null];
  for (const part of parts) {
    if (part.kind === 'and') {
      const inner = timeRangeOf(part);
      from = latest(from, inner.from);
      to = earliest(to, inner.to);
    }
    if (part.kind !== 'order' || part.field.name !== 'timestamp' || part.value.kind !== 'time') continue;
    const time = parseTime(part.value.value, '/timestamp');
    if (part.operator.startsWith('>')) from = latest(from, part.operator === '>' ? time + 1 : time);
    else to = earliest(to, part.operator === '<' ? time - 1 : time);
  }
  return { from, to };
}

const latest = (one: number | null, other: number | null): number | null =>
  one === null ? other : other === null ? one : Math.max(one, other);

const earliest = (one: number | null, other: number | null): number | null =>
  one === null ? other : other === null ? one : Math.min(one, other);
