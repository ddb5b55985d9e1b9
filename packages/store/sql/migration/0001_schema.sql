-- The schema, and the four roles of design §6. A role that may not be created here must be created by an administrator.
create schema telltale;

do $$
declare
  v_role text;
begin
  foreach v_role in array array['telltale_owner', 'telltale_maintenance', 'telltale_application', 'telltale_reader'] loop
    if not exists (select from pg_roles where rolname = v_role) then
      begin
        execute format('create role %I nologin', v_role);
      exception
        -- Databases of one cluster may be migrated at the same moment: the role is then made by the other.
        when duplicate_object or unique_violation then null;
        when insufficient_privilege then
          raise exception 'expected the role %, or the right to make it (found: neither); let an administrator run: create role telltale_owner; create role telltale_maintenance; create role telltale_application; create role telltale_reader;', v_role
            using errcode = 'insufficient_privilege';
      end;
    end if;
  end loop;
end;
$$;

comment on schema telltale is 'Telltale, the flight recorder for device fleets';

-- What has been applied: numbered migrations once each, and the checksum of everything that is re-created at will.
create table telltale.migrations (
  number integer primary key,
  name text not null,
  checksum text not null,
  -- A process that does not know this migration must not go on working.
  breaking boolean not null,
  applied_at timestamptz not null default now()
);

create table telltale.applied_files (
  name text primary key,
  checksum text not null,
  applied_at timestamptz not null default now()
);
