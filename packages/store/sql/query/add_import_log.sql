-- The import log with this description; made if there is none.
select coalesce(
  (select log from telltale.logs where kind = 'import' and description = :description),
  telltale.add_log('import', :description)
) as log;
