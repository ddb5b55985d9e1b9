-- Removes spent tickets that expired long ago.
select telltale.thin_tickets() as removed;
