select
    town_code,
    period_start,
    period_end,
    row_kind,
    stage,
    program,
    school_place,
    students as student_count,
    eligible as eligible_count,
    aided_students as aided_student_count,
    aided_times as aided_time_count,
    amount as amount_yuan,
    source_file,
    source_sheet,
    source_row,
    source_column
from {{ ref('education_summary') }}
