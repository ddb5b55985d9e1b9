/** The events behind the segments, as full-text search takes them: PostgreSQL finds those that may match, only they are parsed. */
import { searchValues, wordsOf } from '@telltale/catalogue';
import type { RegisteredType } from '../catalogue/registry.ts';
import { column } from '../database/column.ts';
import type { Value } from '../database/database.ts';
import { valuesOf } from '../read/criterion.ts';
import type { IndexedLog } from '../segment/indexer.ts';
import { keyOf } from '../segment/key.ts';
import { type Bitmap, emptyBitmap, offsetsOf, segmentSize, setBit } from '../segment/posting.ts';
import { readStatement } from '../sql-file.ts';
import type { Candidate } from './candidate.ts';
import { evaluate, type KeyPlan } from './plan.ts';
import type { SearchContext } from './search.ts';
import { recordedFrom } from './tail.ts';
import { piecesOf } from './word-piece.ts';

const readTextTailRows = readStatement('read_text_tail');

/** A row of read_text_tail.sql. */
interface TextTailRow {
  readonly log: number;
  readonly position: string;
  readonly recorded_at: string;
  readonly timestamp: string;
  readonly type_id: number;
  readonly schema_version: number;
  readonly aggregate_type: string | null;
  readonly aggregate_id: string;
  readonly device: string | null;
  readonly source: string | null;
  /** Null where none of the words is. */
  readonly data: string | null;
}

export interface TextTailQuestion {
  readonly plan: KeyPlan;
  /** The lexemes of all words that are looked for. */
  readonly lexemes: ReadonlySet<string>;
  readonly device: string | null;
  readonly tenant: string | null;
}

/** What a text is found by, and how many words it has. */
interface TextKeys {
  readonly keys: readonly number[];
  readonly length: number;
}

/** Candidates among the events behind the segments, those with the newest events first. */
export async function readTextTail(
  context: SearchContext,
  logs: readonly IndexedLog[],
  question: TextTailQuestion,
): Promise<Candidate[]> {
  const behind = logs.filter((log) => log.head > log.indexed);
  if (behind.length === 0) return [];
  const rows = await readRows(context, behind, question);
  const texts = rows.map((row) => textsOf(row, context));
  const words = new Map(texts.flat().map((text) => [text, wordsOf(text)]));
  await context.indexer.lexemes.learn(context.session, [...words.values()].flat());
  const keys = new Map([...words].map(([text, own]) => [text, keysOf(own, context, question.lexemes)]));
  const segments = new Map<string, TailSegment>();
  for (const [index, row] of rows.entries()) {
    const offset = (Number(row.position) - 1) % segmentSize;
    const place = `${row.log} ${Number(row.position) - offset}`;
    const segment = segments.get(place) ?? new TailSegment(row.log, Number(row.position) - offset);
    segments.set(place, segment);
    segment.add(
      offset,
      row,
      (texts[index] as string[]).map((text) => keys.get(text) as TextKeys),
      question,
    );
  }
  return [...segments.values()]
    .flatMap((segment) => segment.toCandidate(question.plan))
    .sort((one, other) => other.timeTo - one.timeTo);
}

async function readRows(
  context: SearchContext,
  behind: readonly IndexedLog[],
  { lexemes, tenant }: TextTailQuestion,
): Promise<TextTailRow[]> {
  const { patterns, beyondAscii } = piecesOf(lexemes);
  const values: Record<string, Value> = {
    logs: column(
      'int2',
      behind.map(({ log }) => log),
    ),
    indexed: column(
      'int8',
      behind.map(({ indexed }) => indexed),
    ),
    heads: column(
      'int8',
      behind.map(({ head }) => head),
    ),
    recorded_from: recordedFrom(behind),
    patterns: column('text', patterns),
    beyond_ascii: beyondAscii,
    tenant,
    ...(await typeValues(context, lexemes)),
  };
  return context.session.query<TextTailRow>(readTextTailRows, valuesOf(readTextTailRows.parameters, values));
}

/** Types that have a word in their names, and versions of types that may get one when they are read. */
async function typeValues(
  { session, registry, indexer: { lexemes } }: SearchContext,
  wanted: ReadonlySet<string>,
): Promise<Record<'type_ids' | 'outdated', Value>> {
  const types = registry.names().map((name) => registry.find(name) as RegisteredType);
  await lexemes.learn(
    session,
    types.flatMap(({ name }) => wordsOf(name)),
  );
  const ids = types.flatMap(({ id, name }) =>
    wordsOf(name).some((word) => wanted.has(lexemes.of(word) ?? '')) ? [id] : [],
  );
  const outdated = types.flatMap(({ id, version, upcasts }) =>
    upcasts.length === 0 ? [] : Array.from({ length: version - 1 }, (_, older) => id * 65_536 + older + 1),
  );
  return {
    type_ids: ids.length === 0 ? '{}' : column('int4', ids),
    outdated: outdated.length === 0 ? '{}' : column('int8', outdated),
  };
}

function textsOf(row: TextTailRow, { registry }: SearchContext): string[] {
  if (row.data === null) return [];
  const type = registry.findById(row.type_id) as RegisteredType;
  const { data } = registry.upcast(type, row.schema_version, JSON.parse(row.data));
  const { aggregate_id, source } = row;
  return searchValues(
    { event_type: type.name, aggregate_type: row.aggregate_type ?? 'device', aggregate_id, source, data },
    type.personal,
  );
}

function keysOf(words: readonly string[], { indexer }: SearchContext, wanted: ReadonlySet<string>): TextKeys {
  const keys = words.flatMap((word) => {
    const lexeme = indexer.lexemes.of(word);
    return lexeme != null && wanted.has(lexeme) ? [keyOf('lexeme', lexeme)] : [];
  });
  return { keys, length: words.length };
}

/** What a stored segment would say of its positions, as far as a full-text search asks. */
class TailSegment {
  readonly #log: number;
  readonly #firstPosition: number;
  readonly #postings = new Map<number, Bitmap>();
  readonly #lengths = new Uint8Array(segmentSize);
  #recordedFrom = Number.POSITIVE_INFINITY;
  #recordedTo = Number.NEGATIVE_INFINITY;
  #timeTo = Number.NEGATIVE_INFINITY;

  constructor(log: number, firstPosition: number) {
    this.#log = log;
    this.#firstPosition = firstPosition;
  }

  add(offset: number, row: TextTailRow, texts: readonly TextKeys[], { device, tenant }: TextTailQuestion): void {
    let length = 0;
    for (const text of texts) {
      length += text.length;
      for (const key of text.keys) this.#set(key, offset);
    }
    if (device !== null && row.device === device) this.#set(keyOf('device', device), offset);
    // The statement has no other tenant's events.
    if (tenant !== null) this.#set(keyOf('tenant', tenant), offset);
    this.#lengths[offset] = Math.min(length, 255);
    this.#recordedFrom = Math.min(this.#recordedFrom, Number(row.recorded_at));
    this.#recordedTo = Math.max(this.#recordedTo, Number(row.recorded_at));
    this.#timeTo = Math.max(this.#timeTo, Number(row.timestamp));
  }

  #set(key: number, offset: number): void {
    let posting = this.#postings.get(key);
    if (posting === undefined) {
      posting = emptyBitmap();
      this.#postings.set(key, posting);
    }
    setBit(posting, offset);
  }

  toCandidate(plan: KeyPlan): Candidate[] {
    const offsets = offsetsOf(evaluate(plan, (key) => this.#postings.get(key)));
    if (offsets.length === 0) return [];
    return [
      {
        log: this.#log,
        firstPosition: this.#firstPosition,
        recordedFrom: this.#recordedFrom,
        recordedTo: this.#recordedTo,
        timeTo: this.#timeTo,
        offsets,
        postings: this.#postings,
        lengths: this.#lengths,
      },
    ];
  }
}
