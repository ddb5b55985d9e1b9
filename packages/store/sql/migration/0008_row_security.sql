-- Row-level security guards the reader role, which people use by hand: it sees the tenant named in telltale.tenant, or
-- the events of no tenant. It cannot guard the application's hot paths (design §6), where the library binds the tenant.
do $$
declare
  v_tier text;
begin
  foreach v_tier in array array['critical', 'important', 'standard', 'debug'] loop
    execute format('alter table telltale.events_%s enable row level security', v_tier);
    execute format('create policy application on telltale.events_%s for select to telltale_application using (true)', v_tier);
    execute format(
      'create policy reader on telltale.events_%s for select to telltale_reader using (tenant is not distinct from nullif(current_setting(''telltale.tenant'', true), ''''))',
      v_tier);
  end loop;
end;
$$;

alter table telltale.contexts enable row level security;
create policy application on telltale.contexts for select to telltale_application using (true);
create policy reader on telltale.contexts for select to telltale_reader
  using (context -> 'tenant' ->> 'id' is not distinct from nullif(current_setting('telltale.tenant', true), ''));
