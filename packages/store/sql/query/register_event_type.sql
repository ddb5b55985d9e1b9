-- Registers an event type at run time.
select telltale.register_event_type(:type);
