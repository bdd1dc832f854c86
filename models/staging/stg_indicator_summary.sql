select
    town_code,
    period_start,
    period_end,
    row_kind,
    indicator as indicator_name,
    breakdown as item,
    value as reported_value,
    unit,
    numerator_of,
    denominator_of,
    source_file,
    source_sheet,
    source_row,
    source_column
from {{ ref('indicator_summary') }}
