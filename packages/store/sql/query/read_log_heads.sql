-- The heads of all logs as one text: as long as it stays the same, nothing was recorded. With the incarnations: a log that
-- was restored may be as long again as it was when somebody looked.
select (
  select string_agg(log || ':' || "position", ' ' order by log)
  from telltale.read_heads(array(select log from telltale.logs))
) || ' ' || (
  select string_agg(log || ':' || incarnation, ' ' order by log, incarnation) from telltale.log_incarnations
) as heads;
