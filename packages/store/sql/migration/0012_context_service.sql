-- The services of a fleet are few: a search for a word that none of them has need not look one up for each event.
create index contexts_service on telltale.contexts ((context -> 'source' ->> 'service'));
