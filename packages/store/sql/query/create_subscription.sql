-- Registers a subscription, if it is new.
select telltale.create_subscription(:name, jsonb_build_object('token', :token::text), :owner);
