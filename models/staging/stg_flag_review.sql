select
    rule_id,
    source_file,
    source_sheet,
    source_row,
    finding,
    reason,
    decided_on
from {{ ref('flag_review') }}
