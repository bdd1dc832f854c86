select
    form,
    town_code,
    period_start,
    period_end,
    coalesce(village, '') as village,
    source_file,
    row_count,
    problem_count,
    sha256,
    received_on,
    version,
    is_in_force
from {{ ref('submission') }}
