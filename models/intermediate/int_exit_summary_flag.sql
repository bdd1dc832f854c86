-- Households against persons in each row of 脱贫情况汇总表, corrections applied.
{%- set subjects = {'exited': '脱贫', 'registered': '建档立卡', 'remaining': '未脱贫'} %}
{%- set size = '{subject}户数 {household_count}；{subject}人数 {person_count}' %}
{%- set rules = {
    'G01': ('{households_column}', 'household_count > person_count', size),
    'G02': ('{persons_column}', 'person_count > household_count * persons_per_household_limit', size),
} %}
{%- set record = 'town_code, period_start, period_end, source_file, source_sheet, source_row, source_column' %}

with record as (
    {%- for name, subject in subjects.items() %}
    select
        {{ record }},
        '{{ subject }}' as subject,
        '{{ name }}_households' as households_column,
        '{{ name }}_persons' as persons_column,
        cast(max(case when column_name = '{{ name }}_households' then value end) as bigint) as household_count,
        cast(max(case when column_name = '{{ name }}_persons' then value end) as bigint) as person_count
    from {{ ref('int_figure_named') }}
    where form = 'exit_summary'
    group by {{ record }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)
{{- flag_rows("'exit_summary'", rules) }}
