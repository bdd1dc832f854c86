-- What a later version of a summary form says otherwise than the one before it: figures changed, added and withdrawn.
{%- set row_key = ['form', 'town_code', 'period_start', 'period_end', 'row_kind', 'indicator_name', 'column_name'] + dimensions() %}
with figure as (
    select
        r.form,
        r.town_code,
        r.period_start,
        r.period_end,
        r.row_kind,
        r.indicator_name,
        c.column_name,
        {% for name in dimensions() %}r.{{ name }}, {% endfor %}
        s.village as sent_for,
        s.version,
        c.value,
        c.source_file,
        c.source_sheet,
        c.cell
    from {{ ref('stg_figure_cell') }} as c
    inner join {{ ref('int_summary_row_sent') }} as r
        on
            c.form = r.form and c.source_file = r.source_file and c.source_sheet = r.source_sheet
            and c.source_row = r.source_row and c.source_column = r.source_column
    inner join {{ ref('stg_submission') }} as s
        on
            r.form = s.form and r.town_code = s.town_code and r.period_start = s.period_start and r.period_end = s.period_end
            and coalesce(r.village, '') = s.village and r.source_file = s.source_file
),

later as (
    select distinct form, town_code, period_start, period_end, village, version
    from {{ ref('stg_submission') }}
    where version > 1
),

sides as (
    select {{ row_key | join(', ') }}, version, null as old_value, null as old_file, null as old_sheet, null as old_cell, value as new_value,
        source_file as new_file, source_sheet as new_sheet, cell as new_cell
    from figure
    where version > 1
    union all
    select {% for name in row_key %}f.{{ name }}, {% endfor %} l.version, f.value, f.source_file, f.source_sheet, f.cell, null, null, null, null
    from figure as f
    inner join later as l
        on
            f.form = l.form and f.town_code = l.town_code and f.period_start = l.period_start and f.period_end = l.period_end
            and f.sent_for = l.village and l.version = f.version + 1
),

paired as (
    select
        {{ row_key | join(', ') }},
        version,
        {%- for side in ['old', 'new'] %}
        max({{ side }}_value) as {{ side }}_value,
        max({{ side }}_file) as {{ side }}_file,
        max({{ side }}_sheet) as {{ side }}_sheet,
        max({{ side }}_cell) as {{ side }}_cell{{ ',' if not loop.last }}
        {%- endfor %}
    from sides
    group by {{ row_key | join(', ') }}, version
)

select *
from paired
where old_value is null or new_value is null or old_value <> new_value
