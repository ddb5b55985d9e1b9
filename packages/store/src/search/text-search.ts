/** Full-text search: ranks the newest events that have the words, and shows where they stand. */
import { type Event, searchValues } from '@telltale/catalogue';
import { tenantOf, uuidOf, wholeNumber } from '../read/criterion.ts';
import { keyOf } from '../segment/key.ts';
import { countBits, segmentSize } from '../segment/posting.ts';
import { type Candidate, CandidateWalk } from './candidate.ts';
import type { KeyPlan } from './plan.ts';
import { readPlaces } from './position.ts';
import { type SearchContext, tooExpensive } from './search.ts';
import { matchText, type Snippet, wordsOfValues } from './text-match.ts';
import { dropStopWords, parseTextQuery, type TextQuery, wordsOfQuery } from './text-query.ts';
import { readTextTail } from './text-tail.ts';

export interface TextSearchOptions {
  readonly deviceUuid?: string | undefined;
  /** 1 to 1,000. Default 50. */
  readonly limit?: number | undefined;
  readonly tenant?: string | null | undefined;
}

/** An event that was found by its text. */
export type FoundText = Event & {
  /** BM25; only the order of one answer means something. */
  readonly rank: number;
  readonly snippet: Snippet;
};

export interface TextPage {
  /** Best first, the newest first among equals. */
  readonly events: FoundText[];
  /** Events that were ranked: the newest that have the words, 10,000 at most unless too few of them have the phrases. */
  readonly ranked: number;
  /** Whether these were all there are. */
  readonly complete: boolean;
}

/** Candidates that are ranked (design §7). */
const mostRanked = 10_000;
/** Segments of one page of the index: a rare word's 10,000 events are spread over thousands. */
const pageSegments = 512;

/** A candidate with its score. */
interface Scored {
  readonly candidate: Candidate;
  readonly offset: number;
  readonly score: number;
}

/**
 * Ranked by BM25 with a term frequency of one: events are short, and a word repeated in one says nothing. Formula:
 * sum over the words of idf * 2.2 / (1 + 1.2 * (0.25 + 0.75 * length / mean length)), idf = ln(1 + (N - n + 0.5) / (n + 0.5)).
 * @throws InvalidArgument, QueryTooExpensive
 */
export async function searchText(
  context: SearchContext,
  text: string,
  options: TextSearchOptions = {},
): Promise<TextPage> {
  const { session, indexer, timeout } = context;
  const parsed = parseTextQuery(text);
  const limit = wholeNumber(options.limit ?? 50, '/limit', 1, 1000);
  const device = options.deviceUuid == null ? null : uuidOf(options.deviceUuid, '/deviceUuid');
  const tenant = tenantOf(options.tenant);
  const end = performance.now() + timeout;
  await indexer.lexemes.learn(session, wordsOfQuery(parsed));
  const query = dropStopWords(parsed, indexer.lexemes);
  const logs = await indexer.heads(session);
  const plan = planQuery(query, context, device, tenant);
  const lexemes = lexemesOf(wantedWords(query), context);
  const tail = await readTextTail(context, logs, { plan, lexemes, device, tenant });
  const everything = { from: null, to: null };
  const walk = new CandidateWalk(session, plan, everything, logs, { page: pageSegments, lengths: true, tail });
  const keys = [...lexemes].map((lexeme) => keyOf('lexeme', lexeme));
  const events: FoundText[] = [];
  let [ranked, complete] = [0, false];
  // What has the words need not have the phrase: older events are looked at until there are enough.
  while (!complete && events.length < limit) {
    const next = await readCandidates(walk, end, timeout);
    complete = next.complete;
    const scored = score(next.candidates, keys, tenant);
    const best = await readBest(context, query, scored, { limit: limit - events.length, device, tenant, end });
    events.push(...best.found);
    ranked += Math.min(scored.length, Math.max(mostRanked, best.looked));
  }
  return { events: events.sort((one, other) => other.rank - one.rank), ranked, complete };
}

/** The newest that were not walked yet, as many as are ranked together. @throws QueryTooExpensive */
async function readCandidates(
  walk: CandidateWalk,
  end: number,
  timeout: number,
): Promise<{ candidates: Candidate[]; complete: boolean }> {
  const candidates: Candidate[] = [];
  for (let count = 0; count < mostRanked; ) {
    const next = await walk.next(mostRanked - count);
    if (next.length === 0) return { candidates, complete: true };
    candidates.push(...next);
    for (const { offsets } of next) count += offsets.length;
    if (performance.now() > end) throw tooExpensive(timeout);
  }
  return { candidates, complete: false };
}

function planQuery(query: TextQuery, context: SearchContext, device: string | null, tenant: string | null): KeyPlan {
  const alternatives = query.alternatives.map((terms): KeyPlan => {
    const words = terms.filter((term) => !term.negated).flatMap((term) => term.words);
    const parts = keyParts(lexemesOf(words, context));
    // The index can be asked for one of some keys, not for one of some plans.
    return parts.length === 1 ? (parts[0] as KeyPlan) : { kind: 'and', parts };
  });
  const text: KeyPlan = alternatives.length === 1 ? (alternatives[0] as KeyPlan) : { kind: 'or', parts: alternatives };
  const parts = text.kind === 'and' ? [...text.parts] : [text];
  if (device !== null) parts.push({ kind: 'key', key: keyOf('device', device) });
  if (tenant !== null) parts.push({ kind: 'key', key: keyOf('tenant', tenant) });
  return { kind: 'and', parts };
}

const keyParts = (lexemes: ReadonlySet<string>): KeyPlan[] =>
  [...lexemes].map((lexeme) => ({ kind: 'key', key: keyOf('lexeme', lexeme) }));

function lexemesOf(words: readonly string[], { indexer }: SearchContext): Set<string> {
  return new Set(words.flatMap((word) => indexer.lexemes.of(word) ?? []));
}

/** Every word of the query but those that must not be there. */
function wantedWords(query: TextQuery): string[] {
  return query.alternatives.flat().flatMap((term) => (term.negated ? [] : term.words));
}

/** How many of a candidate's events have a key, the tenant's alone: a rank tells nothing of what others publish. */
function countHaving({ postings }: Candidate, key: number, tenant: string | null): number {
  const posting = postings.get(key);
  const own = tenant === null ? posting : postings.get(keyOf('tenant', tenant));
  return posting === undefined || own === undefined
    ? 0
    : countBits(posting.map((word, index) => word & (own[index] as number)));
}

/** Best first; equal scores stay in the order of the walk, newest first. */
function score(candidates: readonly Candidate[], keys: readonly number[], tenant: string | null): Scored[] {
  let [lengths, count] = [0, 0];
  for (const { offsets, lengths: words } of candidates) {
    for (const offset of offsets) lengths += words?.[offset] ?? 0;
    count += offsets.length;
  }
  const mean = Math.max(1, lengths / Math.max(1, count));
  const all =
    tenant === null
      ? candidates.length * segmentSize
      : candidates.reduce((sum, candidate) => sum + countHaving(candidate, keyOf('tenant', tenant), tenant), 0);
  const idf = keys.map((key) => {
    const having = candidates.reduce((sum, candidate) => sum + countHaving(candidate, key, tenant), 0);
    return Math.log(1 + (all - having + 0.5) / (having + 0.5));
  });
  const scored = candidates.flatMap((candidate) => {
    const postings = keys.map((key) => candidate.postings.get(key));
    return candidate.offsets.map((offset): Scored => {
      let sum = 0;
      for (const [index, posting] of postings.entries()) {
        if (posting !== undefined && ((posting[offset >>> 5] as number) & (1 << (offset & 31))) !== 0) {
          sum += idf[index] as number;
        }
      }
      const length = (candidate.lengths?.[offset] ?? 0) / mean;
      return { candidate, offset, score: (sum * 2.2) / (1 + 1.2 * (0.25 + 0.75 * length)) };
    });
  });
  return scored.sort((one, other) => other.score - one.score);
}

/** Reads the best and looks for the text itself: a key may be another word's, and a phrase has no key of its own. */
async function readBest(
  context: SearchContext,
  query: TextQuery,
  scored: readonly Scored[],
  asked: { limit: number; device: string | null; tenant: string | null; end: number },
): Promise<{ found: FoundText[]; looked: number }> {
  const { session, registry, indexer } = context;
  const found: FoundText[] = [];
  let at = 0;
  while (at < scored.length && found.length < asked.limit) {
    const page = scored.slice(at, at + Math.max(64, asked.limit));
    at += page.length;
    const events = await readPlaces(context, page);
    const values = page.map(({ candidate, offset }) => {
      const event = events.get(`${candidate.log} ${candidate.firstPosition + offset}`);
      return event === undefined
        ? undefined
        : { event, values: searchValues(event, registry.personalOf(event.event_type)) };
    });
    await indexer.lexemes.learn(
      session,
      values.flatMap((one) => wordsOfValues(one?.values ?? [])),
    );
    for (const [index, one] of values.entries()) {
      if (one === undefined) continue;
      if (asked.device !== null && one.event.device_uuid !== asked.device) continue;
      if (asked.tenant !== null && one.event.tenant !== asked.tenant) continue;
      const snippet = matchText(query, one.values, indexer.lexemes);
      if (snippet !== undefined) found.push({ ...one.event, rank: (page[index] as Scored).score, snippet });
    }
    if (performance.now() > asked.end) throw tooExpensive(context.timeout);
  }
  return { found: found.slice(0, asked.limit), looked: at };
}
