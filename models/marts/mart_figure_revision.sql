-- Which reported figures a corrected version moved, with both cells.
select
    r.town_code,
    t.town_name,
    r.period_start,
    r.period_end,
    r.form,
    {{ form_title('r.form') }} as form_title,
    r.version,
    r.row_kind,
    r.column_name,
    r.indicator_name,
    coalesce({% for name in dimensions() | reverse %}r.{{ name }}, {% endfor %}'合计') as breakdown,
    {% for name in dimensions() %}r.{{ name }}, {% endfor %}
    cast(r.old_value as decimal(28, 8)) as old_value,
    cast(r.new_value as decimal(28, 8)) as new_value,
    cast(r.new_value - r.old_value as decimal(28, 8)) as difference,
    r.old_file,
    r.old_sheet,
    r.old_cell,
    r.new_file,
    r.new_sheet,
    r.new_cell
from {{ ref('int_figure_revision') }} as r
inner join {{ ref('stg_township') }} as t on r.town_code = t.town_code
