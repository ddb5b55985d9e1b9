-- Whether words stand in a text one after the other, as whole words. p_pattern: a regular expression of the words and
-- what may stand between them (search/words.ts); it holds no quote, so that contains_words can use it too. Collation
-- "C": ASCII letters count in either case, all others as they are.
create or replace function telltale.has_words(p_text text, p_pattern text) returns boolean
language sql immutable parallel safe
return replace(lower(p_text collate "C"), '"', ' ') ~ p_pattern;
