-- What a correction says is of its column's kind, exactly: a text that is no number would stop the models in the engine's words, and
-- half a person would be rounded. It fails before any model reads it.
{{ config(meta={'says': true}) }}
{%- set whys = {'bigint': '不是整数', 'integer': '不是整数', 'decimal(18, 2)': '不是两位小数以内的数'} -%}
{%- set columns = {} -%}
{%- for form, about in ledgers().items() -%}
    {%- for named, type in about['columns'].values() -%}
        {%- do columns.setdefault(type, []).append("'" ~ form ~ '.' ~ named ~ "'") -%}
    {%- endfor -%}
{%- endfor -%}
with written as (
    {%- for name, value in {'原值': 'old_value', '更正值': 'new_value'}.items() %}
    select
        form,
        source_file,
        source_sheet,
        source_row,
        form || '.' || column_name as place,
        '{{ name }}' as which,
        {{ value }} as text,
        try_cast({{ value }} as decimal(38, 8)) as number,
        try_cast({{ value }} as date) as day
    from {{ ref('stg_correction') }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

judged as (
    select
        *,
        case
            when place in ({{ columns['date'] | join(', ') }}) then case when day is null then '不是日期，应写成 2020-03-31 的样子' end
            {%- for type, places in columns.items() if type not in ('date', 'string') %}
            when place in ({{ places | join(', ') }})
                then case when coalesce(try_cast(number as {{ type }}) <> number, true) then '{{ whys[type] }}' end
            {%- endfor %}
            when form not in ('{{ ledgers().keys() | join("', '") }}') and number is null then '不是数'
        end as why
    from written
)

select
    *,
    '更正（' || place || '）' || source_file || '/' || source_sheet || ' 第 ' || cast(source_row as {{ dbt.type_string() }})
    || ' 行：' || which || '“' || text || '”' || why || '；请改 correction.csv 这一行' as message
from judged
where why is not null
