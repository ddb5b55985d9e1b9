-- How wide a partition of a tier is (design §6: at most about 40 in all).
create or replace function telltale.partition_unit(p_tier text) returns text
language sql immutable parallel safe
return case p_tier when 'critical' then 'year' when 'important' then 'quarter' when 'standard' then 'week' else 'day' end;
