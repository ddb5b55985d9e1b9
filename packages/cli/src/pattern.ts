/** Patterns of event type names: `device.*`, `*.failed`. */
import { compilePattern, nearestNames } from '@telltale/catalogue';
import { CommandFailure } from './failure.ts';

export const isPattern = (name: string): boolean => name.includes('*');

/** The names that fit any of the patterns. @throws CommandFailure naming the nearest ones when a pattern fits none. */
export function expandNames(patterns: readonly string[], known: readonly string[]): string[] {
  const fitting = new Set<string>();
  for (const pattern of patterns) {
    const found = known.filter(compilePattern(pattern.split('*')));
    if (found.length === 0) throw unknownPattern(pattern, known);
    for (const name of found) fitting.add(name);
  }
  return known.filter((name) => fitting.has(name));
}

function unknownPattern(pattern: string, known: readonly string[]): CommandFailure {
  const near = nearestNames(pattern, known);
  const hint = near.length > 0 ? `did you mean ${near.join(' or ')}?` : 'telltale types lists them.';
  return new CommandFailure(`No event type fits '${pattern}'; ${hint}`);
}
