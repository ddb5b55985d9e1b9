-- Every aggregate type, and whether its streams carry versions.
select aggregate_type, versioned, description
from telltale.aggregate_types
order by aggregate_type;
