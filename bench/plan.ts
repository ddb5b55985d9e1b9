/** The rows of the benchmark: which contender, called how, and which ratio the row counts for. */
import type { Contender, Shape } from './contender.ts';
import { emmett } from './emmett.ts';
import { functionCall } from './function-call.ts';
import { rawCopy } from './raw-copy.ts';

/** What a row is compared as; of several rows of one role the best counts. */
export type Role =
  | 'raw_copy'
  | 'raw_copy_jsonb'
  | 'function_call'
  | 'emmett'
  | 'emmett_single'
  | 'append'
  | 'everything'
  | 'publish'
  | 'other';

export interface Row {
  readonly contender: Contender;
  readonly shape: Shape;
  readonly role: Role;
  /** Part of the form that ends within a minute. */
  readonly short: boolean;
}

const row = (contender: Contender, role: Role, batch: number, callers: number, short = false): Row => ({
  contender,
  role,
  shape: { batch, callers },
  short,
});

const text = rawCopy('text');
const jsonb = rawCopy('jsonb');

export const plan: readonly Row[] = [
  // 5,000 and 20,000: below, the commit shows; above, nothing is gained and the last COPY runs alone.
  row(text, 'raw_copy', 5_000, 1),
  row(text, 'raw_copy', 5_000, 2, true),
  row(text, 'raw_copy', 20_000, 1),
  row(text, 'raw_copy', 20_000, 2),
  row(jsonb, 'raw_copy_jsonb', 20_000, 1),
  row(jsonb, 'raw_copy_jsonb', 20_000, 2, true),
  row(functionCall, 'function_call', 1, 1),
  row(functionCall, 'function_call', 1, 16, true),
  // 100 to 5,000: over 500 its text formatting takes four times the processor time an event.
  ...[100, 250, 500, 1_000, 5_000].flatMap((batch) =>
    [1, 4, 8].map((callers) => row(emmett, 'emmett', batch, callers, batch === 250 && callers === 4)),
  ),
  row(emmett, 'emmett_single', 1, 16, true),
];

/** `emmett 250x4`: contender, events a call, callers, and the logs where that is a choice. */
export function nameOf({ contender, shape }: Row): string {
  const logs = shape.logs === undefined ? '' : `, ${shape.logs} ${shape.logs === 1 ? 'log' : 'logs'}`;
  return `${contender.name} ${shape.batch}x${shape.callers}${logs}`;
}
