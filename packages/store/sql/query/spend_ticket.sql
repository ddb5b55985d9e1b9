-- Marks a ticket as used; true for the first who does.
select telltale.spend_ticket(:ticket_id, :expires_at) as first;
