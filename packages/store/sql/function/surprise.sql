-- One cell's part of a likelihood ratio: found * ln(found / expected), and 0 for an empty cell.
create or replace function telltale.surprise(p_found double precision, p_expected double precision) returns double precision
language sql immutable parallel safe
return case when p_found > 0 then p_found * ln(p_found / p_expected) else 0 end;
