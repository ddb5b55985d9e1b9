-- Reads interned metadata.
select context_id::text, context::text as context
from telltale.contexts
where context_id = any (:ids);
