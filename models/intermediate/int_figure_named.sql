-- Every reported figure under its indicator's code; a name that the registry does not know stays its own. The county's corrections take
-- the place of a value only while the old one stands (the guard is the test corrections_still_apply); what is printed stays as it is.
select
    r.*,
    c.column_name,
    c.cell,
    c.printed,
    c.printed_unit,
    case when c.value = {{ cast_text('k.old_value', 'decimal(28, 8)') }} then {{ cast_text('k.new_value', 'decimal(28, 8)') }} else c.value end as value,
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
left join {{ ref('stg_correction') }} as k
    on
        c.form = k.form
        and c.source_file = k.source_file
        and c.source_sheet = k.source_sheet
        and c.source_row = k.source_row
        and coalesce(k.source_column, c.source_column) = c.source_column
        and c.column_name = k.column_name
left join {{ ref('stg_indicator') }} as i
    on
        r.form = i.form
        and c.column_name = i.form_column
        and (
            (r.form <> 'indicator_summary' and coalesce(i.form_basis, r.basis, '') = coalesce(r.basis, ''))
            or r.indicator_name = i.indicator_name
            or '、' || i.aliases || '、' like '%、' || r.indicator_name || '、%'
        )
-- a figure whose name could not be read is told at its cell by intake, and is no indicator's
where r.form <> 'indicator_summary' or coalesce(i.indicator, r.indicator_name) is not null
