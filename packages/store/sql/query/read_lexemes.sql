-- The lexeme of each word by the English dictionary; null for a stop word.
select w.word, (ts_lexize('english_stem', w.word))[1] as lexeme
from unnest(:words::text[]) as w (word);
