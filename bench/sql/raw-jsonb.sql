-- The bare table that the yardstick copies into: the event parsed by the server, without an index.
create table raw (event jsonb);
