-- The way from an identity to the cells that stand in it, for people who want to see them.
select
    identity,
    town_code,
    period_start,
    period_end,
    indicator,
    breakdown_by,
    breakdown,
    source_file,
    source_sheet,
    cell as source_cell,
    cast(coefficient as bigint) as coefficient,
    cast(value as decimal(28, 8)) as value
from {{ ref('int_identity_cell') }}
