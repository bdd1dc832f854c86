-- Every reported figure under its indicator's code; a name that the registry does not know stays its own.
select
    r.*,
    c.column_name,
    c.cell,
    c.printed,
    c.printed_unit,
    c.value,
    c.half_unit,
    i.parts,
    i.overlapping_by,
    i.measured,
    coalesce(i.indicator, r.indicator_name) as indicator,
    coalesce(i.kind, case when c.printed_unit in ('%', '‰') then 'proportion' when c.printed_unit like '%元' then 'amount' else 'count' end) as kind,
    coalesce(i.unit, case when c.printed_unit in ('%', '‰') then 'share' when c.printed_unit like '%元' then '元' else c.printed_unit end) as unit
from {{ ref('stg_figure_cell') }} as c
inner join {{ ref('int_summary_row') }} as r
    on
        c.form = r.form
        and c.source_file = r.source_file
        and c.source_sheet = r.source_sheet
        and c.source_row = r.source_row
        and c.source_column = r.source_column
left join {{ ref('stg_indicator') }} as i
    on
        r.form = i.form
        and c.column_name = i.form_column
        and (
            (r.form <> 'indicator_summary' and coalesce(i.form_basis, r.basis, '') = coalesce(r.basis, ''))
            or r.indicator_name = i.indicator_name
            or '、' || i.aliases || '、' like '%、' || r.indicator_name || '、%'
        )
