-- What would mend a broken identity, best first. Nothing here is applied: a figure changes only by a row of correction.csv.
select
    e.identity,
    coalesce(i.identity_name, '医疗总费用＝各项补偿＋个人自付（一笔）') as identity_name,
    e.town_code,
    t.town_name,
    e.period_start,
    e.period_end,
    e.indicator,
    e.breakdown_by,
    e.breakdown,
    cast(e.rank as integer) as explanation_rank,
    cast(e.is_tie as boolean) as is_tie,
    cast(e.kind as varchar) as kind,
    cast(e.form as varchar) as form,
    cast(e.source_file as varchar) as source_file,
    cast(e.source_sheet as varchar) as source_sheet,
    cast(e.source_row as integer) as source_row,
    cast(e.cell as varchar) as source_cell,
    cast(e.column_name as varchar) as column_name,
    cast(e.found_value as decimal(28, 8)) as found_value,
    cast(e.explained_value as decimal(28, 8)) as explained_value,
    cast(e.explained_printed as varchar) as explained_printed,
    cast(e.mend_count as bigint) as mend_count,
    cast(e.break_count as bigint) as break_count,
    cast(e.sentence as varchar) as sentence,
    e.conclusion
from {{ ref('int_identity_explanation') }} as e
inner join {{ ref('stg_township') }} as t on e.town_code = t.town_code
left join {{ ref('stg_identity') }} as i on e.identity = i.identity
