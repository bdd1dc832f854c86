-- What would mend a broken identity, best first. Nothing here is applied: a figure changes only by a row of correction.csv.
with explanation as (
    select * from {{ ref('int_identity_explanation') }}
    union all
    -- a part that the ledger has, and the summary no row for
    select
        {% for name in ['identity', 'town_code', 'period_start', 'period_end', 'indicator', 'breakdown_by', 'breakdown'] %}r.{{ name }}, {% endfor %}
        1, false, 'omitted', null, null, null, null, null, null, null, r.right_value, cast(r.right_value as string), 1, 0,
        {{ left_out('r.right_value') }}, {{ left_out('r.right_value') }}
    from {{ ref('int_identity_result') }} as r
    left join {{ ref('int_identity_explanation') }} as e
        on {{ same_place('r', 'e') }} and r.identity = e.identity and r.indicator = e.indicator
    where r.identity = 'ledger_part_reported' and e.identity is null
)

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
    cast(e.kind as string) as kind,
    cast(e.form as string) as form,
    cast(e.source_file as string) as source_file,
    cast(e.source_sheet as string) as source_sheet,
    cast(e.source_row as integer) as source_row,
    cast(e.cell as string) as source_cell,
    cast(e.column_name as string) as column_name,
    cast(e.found_value as decimal(28, 8)) as found_value,
    cast(e.explained_value as decimal(28, 8)) as explained_value,
    cast(e.explained_printed as string) as explained_printed,
    cast(e.mend_count as bigint) as mend_count,
    cast(e.break_count as bigint) as break_count,
    cast(e.sentence as string) as sentence,
    e.conclusion
from explanation as e
inner join {{ ref('stg_township') }} as t on e.town_code = t.town_code
left join {{ ref('stg_identity') }} as i on e.identity = i.identity
