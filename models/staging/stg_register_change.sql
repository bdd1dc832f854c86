select
    town_code,
    period_start,
    period_end,
    row_kind,
    village,
    household_no,
    change_type,
    households as household_count,
    persons as person_count,
    changed_on,
    source_file,
    source_sheet,
    source_row,
    source_column
from {{ ref('register_change') }}
