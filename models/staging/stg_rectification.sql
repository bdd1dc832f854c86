select
    town_code,
    period_start,
    period_end,
    row_kind,
    issue_no,
    source,
    village,
    description,
    found_on,
    due_on,
    status,
    closed_on,
    source_file,
    source_sheet,
    source_row,
    source_column
from {{ ref('rectification') }}
