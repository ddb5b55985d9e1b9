/** The rules of a fold: which event types change a device's state, how, and a fingerprint of it all. */
import { createHash } from 'node:crypto';
import { catalogue, type StateChange } from '@telltale/catalogue';
import { typeId } from '../catalogue/type-id.ts';

interface FoldRule {
  readonly id: number;
  readonly name: string;
  readonly version: number;
  readonly state: readonly StateChange[];
}

export interface FoldRules {
  /** Numbers of the types that change a state; a fold reads no others. */
  readonly ids: readonly number[];
  readonly byId: ReadonlyMap<number, FoldRule>;
  /** Snapshots that were folded by other rules are none. */
  readonly fingerprint: string;
}

const declared: readonly FoldRule[] = catalogue.map(({ name, version, state }) => ({
  id: typeId(name),
  name,
  version,
  state,
}));

export const declaredIds: readonly number[] = declared.map((rule) => rule.id);

/** Types are registered seldom, so the rules of the last read are nearly always those of this one. */
let known: { readonly registered: string; readonly rules: FoldRules } | undefined;

/** The rules of the declared types and of those that the database has beside them. */
export function foldRulesOf(registered: readonly FoldRule[]): FoldRules {
  const text = JSON.stringify(registered);
  if (known?.registered !== text) known = { registered: text, rules: makeRules(registered) };
  return known.rules;
}

function makeRules(registered: readonly FoldRule[]): FoldRules {
  const rules = [...declared, ...registered]
    .filter((rule) => rule.state.length > 0)
    .sort((one, other) => one.id - other.id);
  const text = JSON.stringify(rules.map(({ id, version, state }) => [id, version, state]));
  return {
    ids: rules.map((rule) => rule.id),
    byId: new Map(rules.map((rule) => [rule.id, rule])),
    fingerprint: createHash('sha256').update(text).digest('hex').slice(0, 16),
  };
}
