-- Every correction must still find its old value at its place in the version in force; else the source was mended or replaced, and the row
-- of correction.csv must go. Also fails on a form, column, row or value that cannot be corrected.
{{ config(meta={'says': true}) }}
-- at the end of the graph, so that everything else is built and checked: depends_on: {{ ref('expectation_result') }}
with standing as (
    {%- for form, about in ledgers().items() %}
    {%- for name, (named, type) in about['columns'].items() %}
    select
        c.form,
        c.source_file,
        c.source_sheet,
        c.source_row,
        c.source_column,
        c.column_name,
        cast(l.{{ name }} as {{ dbt.type_string() }}) as stands,
        l.{{ name }} = cast(c.old_value as {{ type }}) as still_stands
    from {{ ref('stg_correction') }} as c
    inner join {{ ref('stg_' ~ form) }} as l
        on
            c.source_file = l.source_file and c.source_sheet = l.source_sheet and c.source_row = l.source_row
            and coalesce(c.source_column, l.source_column) = l.source_column
    {{ in_force('l', 'c.form') }}
    where c.form = '{{ form }}' and c.column_name = '{{ named }}' and l.row_kind = 'detail'
    union all
    {%- endfor %}
    {%- endfor %}
    select
        c.form,
        c.source_file,
        c.source_sheet,
        c.source_row,
        c.source_column,
        c.column_name,
        cast(f.value as {{ dbt.type_string() }}) as stands,
        f.value = cast(c.old_value as decimal(28, 8)) as still_stands
    from {{ ref('stg_correction') }} as c
    inner join {{ ref('stg_figure_cell') }} as f
        on
            c.form = f.form and c.source_file = f.source_file and c.source_sheet = f.source_sheet and c.source_row = f.source_row
            and coalesce(c.source_column, f.source_column) = f.source_column and c.column_name = f.column_name
    inner join {{ ref('int_summary_row') }} as r
        on
            f.form = r.form and f.source_file = r.source_file and f.source_sheet = r.source_sheet and f.source_row = r.source_row
            and f.source_column = r.source_column
)

select
    c.form,
    c.source_file,
    c.source_sheet,
    c.source_row,
    c.source_column,
    c.column_name,
    c.old_value as expected,
    max(s.stands) as stands,
    '更正（' || c.form || '.' || c.column_name || '）' || c.source_file || '/' || c.source_sheet || ' 第 '
    || cast(c.source_row as {{ dbt.type_string() }}) || ' 行：应为 ' || c.old_value
    || case
        when count(s.form) = 0 then '；采用的版本里没有这一处，文件已被新版取代，或文件、工作表、行号、列名写错'
        else '，现为 ' || coalesce(max(s.stands), '空白') || '；表格已改或更正写错，请核对后删去这一条'
    end as message
from {{ ref('stg_correction') }} as c
left join standing as s
    on
        c.form = s.form and c.source_file = s.source_file and c.source_sheet = s.source_sheet and c.source_row = s.source_row
        and coalesce(c.source_column, '') = coalesce(s.source_column, '') and c.column_name = s.column_name
group by c.form, c.source_file, c.source_sheet, c.source_row, c.source_column, c.column_name, c.old_value
having count(case when s.still_stands then 1 end) = 0
