-- Compares the versions found with those expected. p_expected: null for any, 0 for a stream that must not exist, -1 for
-- one that must, else the exact version. Returns null, or {"conflict": {stream (index from 0), expected, found}}.
create or replace function telltale.refuse_versions(p_expected bigint[], p_found bigint[]) returns jsonb
language sql immutable
return (
  select jsonb_build_object('conflict', jsonb_build_object('stream', k - 1, 'expected', p_expected[k], 'found', p_found[k]))
  from generate_series(1, cardinality(p_found)) k
  where p_expected[k] <> p_found[k] and not (p_expected[k] = -1 and p_found[k] > 0)
  order by k
  limit 1
);
