-- Blank cells of a column of figures that other rows of the same table fill: what was left out has an address too.
-- In 脱贫情况汇总表 the rows of years hold exits and the register's line holds the rest; the other blanks there are no omission.
with filled as (
    select distinct
        form,
        source_file,
        source_sheet,
        source_column,
        column_name,
        regexp_replace(cell, '[0-9]+$', '') as column_letters
    from {{ ref('stg_figure_cell') }}
    where form <> 'indicator_summary'
)

select
    r.town_code,
    r.period_start,
    r.period_end,
    r.form,
    i.indicator,
    r.row_kind,
    {% for name in dimensions() %}r.{{ name }}, {% endfor %}
    r.source_file,
    r.source_sheet,
    r.source_row,
    r.source_column,
    f.column_name,
    f.column_letters || cast(r.source_row as string) as cell
from {{ ref('int_summary_row') }} as r
inner join filled as f
    on r.source_file = f.source_file and r.source_sheet = f.source_sheet and r.source_column = f.source_column
inner join {{ ref('stg_indicator') }} as i on r.form = i.form and f.column_name = i.form_column and i.kind in ('count', 'amount')
left join {{ ref('stg_figure_cell') }} as c
    on
        r.source_file = c.source_file and r.source_sheet = c.source_sheet and r.source_row = c.source_row
        and r.source_column = c.source_column and f.column_name = c.column_name
where
    c.cell is null
    and r.row_kind = 'detail'
    and (r.form <> 'exit_summary' or (r.exit_year is not null and i.indicator in ('exited_households', 'exited_persons')))
