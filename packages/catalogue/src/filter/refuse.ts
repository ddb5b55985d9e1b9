/** How a filter is refused: at which character, what was expected, what stands there. */
import { TelltaleError } from '../failure.ts';
import type { Span } from './tree.ts';

/** More of what was found would push the sentence out of sight. */
const longestExcerpt = 40;

/** The error for a span of the text; `hint` goes behind what was found. */
export function refuseFilter(text: string, span: Span, expected: string, hint = ''): TelltaleError {
  const found = foundAt(text, span);
  const length = Math.max(0, Math.min(span.length, text.length - span.offset));
  const more = hint === '' ? '' : `; ${hint}`;
  return new TelltaleError(
    'InvalidFilter',
    `character ${span.offset + 1}: expected ${expected} (found: ${found})${more}`,
    { offset: span.offset, length, expected, found },
  );
}

function foundAt(text: string, { offset, length }: Span): string {
  if (offset >= text.length) return 'the end';
  if (length === 0) return /[ \t\n\v\f\r]/.test(text.charAt(offset)) ? 'a space' : text.charAt(offset);
  const excerpt = text.slice(offset, offset + Math.min(length, longestExcerpt));
  // Control characters and half surrogate pairs would spoil a terminal or a log.
  return excerpt.replaceAll(/[\p{Cc}\p{Cs}]/gu, '\ufffd') + (length > longestExcerpt ? '...' : '');
}
