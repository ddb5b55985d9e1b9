/** The rows of the benchmark: which contender, called how, and which ratio the row counts for. */
import type { Contender, Shape } from './contender.ts';
import { emmett } from './emmett.ts';
import { functionCall } from './function-call.ts';
import { rawCopy } from './raw-copy.ts';
import { everything, publish, publishBatch, sqlFunction, transactional } from './telltale.ts';

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

interface Call {
  readonly role: Role;
  readonly short?: boolean;
  readonly logs?: number;
}

const row = (contender: Contender, batch: number, callers: number, { role, short = false, logs }: Call): Row => ({
  contender,
  role,
  shape: { batch, callers, ...(logs === undefined ? {} : { logs }) },
  short,
});

const text = rawCopy('text');
const jsonb = rawCopy('jsonb');

const baselines: readonly Row[] = [
  // 5,000 and 20,000: below, the commit shows; above, nothing is gained and the last COPY runs alone.
  row(text, 5_000, 1, { role: 'raw_copy' }),
  row(text, 5_000, 2, { role: 'raw_copy', short: true }),
  row(text, 20_000, 1, { role: 'raw_copy' }),
  row(text, 20_000, 2, { role: 'raw_copy' }),
  row(jsonb, 20_000, 1, { role: 'raw_copy_jsonb' }),
  row(jsonb, 20_000, 2, { role: 'raw_copy_jsonb', short: true }),
  row(functionCall, 1, 1, { role: 'function_call' }),
  row(functionCall, 1, 16, { role: 'function_call', short: true }),
  // Over 500 its text formatting takes three times the processor time an event, whatever the callers.
  ...[100, 250, 500].flatMap((batch) =>
    [1, 4, 8].map((callers) => row(emmett, batch, callers, { role: 'emmett', short: batch === 250 && callers === 4 })),
  ),
  row(emmett, 1_000, 4, { role: 'emmett' }),
  row(emmett, 5_000, 4, { role: 'emmett' }),
  row(emmett, 1, 16, { role: 'emmett_single', short: true }),
];

const ours: readonly Row[] = [
  ...[1, 4, 16].flatMap((logs) =>
    [1, 100, 1_000, 5_000].flatMap((batch) =>
      [1, 4, 16].map((callers) =>
        row(publishBatch, batch, callers, {
          role: 'append',
          logs,
          short: batch === 1_000 && callers === 4 && logs === 1,
        }),
      ),
    ),
  ),
  row(everything, 1_000, 4, { role: 'everything', short: true }),
  row(everything, 5_000, 4, { role: 'everything' }),
  row(publish, 1, 64, { role: 'publish', short: true }),
  row(transactional, 1, 16, { role: 'other', short: true }),
  row(sqlFunction, 1, 16, { role: 'other', short: true }),
];

export const plan: readonly Row[] = [...baselines, ...ours];

/** `emmett 250x4`: contender, events a call, callers, and the logs where that is a choice. */
export function nameOf({ contender, shape }: Row): string {
  const logs = shape.logs === undefined ? '' : `, ${shape.logs} ${shape.logs === 1 ? 'log' : 'logs'}`;
  return `${contender.name} ${shape.batch}x${shape.callers}${logs}`;
}
