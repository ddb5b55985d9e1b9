-- Tickets for live streams that were used, so that no process takes one again; insert-only, and thinned once they would
-- be refused as expired anyway. A spent ticket names nobody: its id is random.
create table telltale.spent_tickets (
  ticket_id uuid primary key,
  expires_at timestamptz not null
);
