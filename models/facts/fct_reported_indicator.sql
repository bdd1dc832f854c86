select
    f.town_code,
    f.period_start,
    f.period_end,
    f.indicator,
    coalesce(r.indicator_name, f.indicator) as indicator_name,
    f.unit,
    f.row_kind,
    {% for name in dimensions() %}f.{{ name }},
    {% endfor -%}
    cast(f.value as decimal(28, 8)) as reported_value,
    cast(f.half_unit as decimal(28, 8)) as half_unit,
    f.is_additive,
    f.printed,
    f.printed_unit,
    f.form,
    f.source_file,
    f.source_sheet,
    f.source_row,
    f.cell as source_cell
from {{ ref('int_reported_figure') }} as f
left join {{ ref('stg_indicator') }} as r on f.indicator = r.indicator
