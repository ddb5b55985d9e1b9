-- Marks a ticket as used. Returns true for the first caller, false for every other.
create or replace function telltale.spend_ticket(p_ticket_id uuid, p_expires_at timestamptz) returns boolean
language plpgsql security definer
set search_path = telltale, pg_catalog, pg_temp
as $$
begin
  insert into spent_tickets (ticket_id, expires_at) values (p_ticket_id, p_expires_at) on conflict do nothing;
  return found;
end;
$$;
