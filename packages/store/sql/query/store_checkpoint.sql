-- Stores the next checkpoint if the last one is still the newest.
select telltale.store_checkpoint(:name, :generation, jsonb_build_object('token', :token::text), :owner) as stored;
