-- The server's version, the settings that matter, and who we are.
select
  current_setting('server_version_num')::integer as version,
  current_setting('server_version') as version_text,
  current_user as role,
  (select rolsuper from pg_roles where rolname = current_user) as superuser,
  (
    select jsonb_object_agg(name, setting)
    from pg_settings
    where name in ('fsync', 'synchronous_commit', 'full_page_writes', 'max_locks_per_transaction', 'max_connections', 'shared_buffers', 'wal_level')
  ) as settings;
