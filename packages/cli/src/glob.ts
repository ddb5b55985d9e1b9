/** Patterns of event type names: `device.*`, `*.failed`. */
import { nearestNames } from '@telltale/catalogue';
import { CommandFailure } from './failure.ts';

export const isPattern = (name: string): boolean => name.includes('*');

/** A star stands for any characters, none included. */
export function matches(pattern: string, name: string): boolean {
  const form = pattern.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${form.join('.*')}$`).test(name);
}

/** The names that fit any of the patterns. @throws CommandFailure naming the nearest ones when a pattern fits none. */
export function expandNames(patterns: readonly string[], known: readonly string[]): string[] {
  for (const pattern of patterns) {
    if (known.some((name) => matches(pattern, name))) continue;
    const near = nearestNames(pattern, known);
    const hint = near.length > 0 ? `did you mean ${near.join(' or ')}?` : 'telltale types lists them.';
    throw new CommandFailure(`No event type fits '${pattern}'; ${hint}`);
  }
  return known.filter((name) => patterns.some((pattern) => matches(pattern, name)));
}
