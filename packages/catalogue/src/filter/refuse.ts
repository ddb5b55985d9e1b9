/** How a filter is refused: at which character, what was expected, what stands there. */
import { TelltaleError } from '../failure.ts';
import type { Span } from './tree.ts';

/** More of what was found would push the sentence out of sight. */
const longestExcerpt = 40;

/** The error for a span of the text; `hint` goes behind what was found. */
export function refuseFilter(text: string, span: Span, expected: string, hint = ''): TelltaleError {
  const whole = text.slice(span.offset, span.offset + span.length);
  const found =
    whole === '' ? 'the end' : whole.length > longestExcerpt ? `${whole.slice(0, longestExcerpt)}...` : whole;
  const more = hint === '' ? '' : `; ${hint}`;
  return new TelltaleError(
    'InvalidFilter',
    `character ${span.offset + 1}: expected ${expected} (found: ${found})${more}`,
    { offset: span.offset, length: span.length, expected, found },
  );
}
