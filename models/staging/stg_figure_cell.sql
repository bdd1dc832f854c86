select
    form,
    column_name,
    source_file,
    source_sheet,
    source_row,
    source_column,
    cell,
    printed,
    printed_unit,
    value,
    half_unit
from {{ ref('figure_cell') }}
