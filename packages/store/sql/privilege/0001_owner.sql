-- Everything belongs to telltale_owner, as far as the migrating user may hand it over; re-run after every migration.
do $$
declare
  v_object record;
begin
  if not pg_has_role(current_user, 'telltale_owner', 'member') then
    raise notice 'objects stay with %: it is not a member of telltale_owner', current_user;
    return;
  end if;
  execute format('grant create, connect, temporary on database %I to telltale_owner', current_database());
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
  grant telltale_owner to telltale_maintenance;
end;
$$;
