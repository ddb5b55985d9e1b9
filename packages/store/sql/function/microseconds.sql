-- Microseconds since 2000-01-01 UTC of a time: whole, so that no time passes through a float or a Date.
create or replace function telltale.microseconds(p_time timestamptz) returns bigint
language sql stable parallel safe
return (extract(epoch from p_time) * 1000000)::bigint - 946684800000000;
