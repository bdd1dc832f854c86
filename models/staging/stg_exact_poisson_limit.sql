select
    event_count,
    confidence,
    lower as lower_limit,
    upper as upper_limit
from {{ ref('exact_poisson_limit') }}
