-- On Spark this table is filled by `zhenshu validate`, with the rows that int_identity_explanation.py makes on DuckDB: dbt-spark sends
-- Python models to hosted clusters only. A build empties it, so that no explanation outlives the figures it speaks of.
select
    identity,
    town_code,
    period_start,
    period_end,
    indicator,
    breakdown_by,
    breakdown,
    cast(null as bigint) as rank,
    cast(null as boolean) as is_tie,
    cast(null as string) as kind,
    form,
    source_file,
    source_sheet,
    cast(null as bigint) as source_row,
    cell,
    column_name,
    cast(null as decimal(38, 8)) as found_value,
    cast(null as decimal(38, 8)) as explained_value,
    cast(null as string) as explained_printed,
    cast(null as bigint) as mend_count,
    cast(null as bigint) as break_count,
    cast(null as string) as sentence,
    cast(null as string) as conclusion
from {{ ref('int_identity_to_explain') }}
where false
