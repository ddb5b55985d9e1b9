-- The bare table that the yardstick copies into: the event as it was sent, unparsed, without an index.
create table raw (event text);
