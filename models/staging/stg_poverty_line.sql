select
    province_name,
    year as line_year,
    line_kind,
    value_yuan
from {{ ref('poverty_line') }}
