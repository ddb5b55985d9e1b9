/** The regular expression by which PostgreSQL finds words: built from words alone, which hold no character that it could read as its own. */

/** What ends a word: `wordsOf` in the catalogue says the same, before lower case. */
const separator = String.raw`[^0-9a-z\u0080-\U0010ffff]`;
/** Between two words of one text; the quote parts two texts. */
const between = String.raw`[^0-9a-z\u0080-\U0010ffff"]+`;

/**
 * A pattern for telltale.has_words and telltale.contains_words. PostgreSQL's automaton reads a text once, however long
 * the pattern.
 */
export function wordPattern(words: readonly string[]): string {
  return `(?:^|${separator})${words.join(between)}(?:$|${separator})`;
}
