select
    indicator,
    target,
    is_strict,
    valid_from,
    valid_to
from {{ ref('indicator_target') }}
