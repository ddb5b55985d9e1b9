-- What two lists of positions have in common; the first may be null: all of the second.
create or replace function telltale.meet_positions(p_one bigint[], p_other bigint[]) returns bigint[]
language sql immutable parallel safe
return case when p_one is null then p_other else array(select unnest(p_one) intersect select unnest(p_other)) end;
