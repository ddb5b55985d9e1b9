-- Everything belongs to telltale_owner, as far as the migrating user may hand it over; re-run after every migration.
-- Without that right the objects stay with the migrating user, and everything but the maintenance role works as well.
do $$
declare
  -- Membership alone does not do from PostgreSQL 16 on: whoever made a role there may grant it, but not act as it.
  v_act constant text := case when current_setting('server_version_num')::integer >= 160000 then 'SET' else 'MEMBER' end;
  v_owns_database boolean;
  v_object record;
begin
  if not pg_has_role(current_user, 'telltale_owner', v_act) then
    begin
      execute format('grant telltale_owner to %I', current_user);
    exception
      when insufficient_privilege then null;
    end;
  end if;
  select pg_has_role(current_user, datdba, 'USAGE') into v_owns_database from pg_database where datname = current_database();
  if v_owns_database then
    execute format('grant create, connect, temporary on database %I to telltale_owner', current_database());
  end if;
  if not pg_has_role(current_user, 'telltale_owner', v_act)
    or not has_database_privilege('telltale_owner', current_database(), 'CREATE')
  then
    raise notice 'objects stay with %: it may not hand them to telltale_owner', current_user;
    return;
  end if;
  alter schema telltale owner to telltale_owner;
  for v_object in
    select c.oid::regclass as name, case c.relkind when 'v' then 'view' when 'S' then 'sequence' else 'table' end as kind
    from pg_class c
    where c.relnamespace = 'telltale'::regnamespace and c.relkind in ('r', 'p', 'v', 'S')
      and c.relowner <> 'telltale_owner'::regrole
  loop
    execute format('alter %s %s owner to telltale_owner', v_object.kind, v_object.name);
  end loop;
  for v_object in
    select p.oid::regprocedure as name from pg_proc p
    where p.pronamespace = 'telltale'::regnamespace and p.proowner <> 'telltale_owner'::regrole
  loop
    execute format('alter routine %s owner to telltale_owner', v_object.name);
  end loop;
  if not pg_has_role('telltale_maintenance', 'telltale_owner', 'MEMBER') then
    begin
      grant telltale_owner to telltale_maintenance;
    exception
      -- Another database's migration granted it at the same moment; or only an administrator may.
      when unique_violation or insufficient_privilege then null;
    end;
  end if;
end;
$$;
