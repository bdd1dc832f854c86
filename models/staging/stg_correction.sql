select
    form,
    source_file,
    source_sheet,
    source_row,
    source_column,
    column_name,
    old_value,
    new_value
from {{ ref('correction') }}
