select
    town_code,
    source_file,
    source_sheet,
    cell,
    form,
    column_name,
    rule_id,
    severity,
    found,
    message
from {{ ref('intake_problem') }}
