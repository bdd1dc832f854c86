select
    figure,
    name_zh as figure_name,
    region,
    threshold,
    is_strict,
    better,
    valid_from,
    valid_to
from {{ ref('county_exit_threshold') }}
