-- The server's clock. A function of its own so that tests can replace it; nothing else reads the time for the log.
create or replace function telltale.clock() returns timestamptz
language sql volatile parallel safe
return clock_timestamp();
