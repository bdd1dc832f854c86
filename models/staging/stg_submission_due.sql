select
    form,
    period_start,
    period_end,
    due_on
from {{ ref('submission_due') }}
