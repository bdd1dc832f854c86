-- Figures that accumulate from one day on, each against the same figure of the period before within the year.
-- Exits beside their year are left out: deaths and returns to poverty lower them.
{%- set growth = '本期 {value_text}{unit}；上期（止于 {before_end}）{value_before_text}{unit}' %}
{%- set rules = {
    'G03': ('{column_name}', 'value < value_before or (value_before > 0 and value > value_before * cumulative_growth_limit)', growth),
} %}
{%- set series = 'town_code, form, indicator, basis, row_kind, ' ~ dimensions() | join(', ') ~ ', period_start, year(period_end)' %}

with followed as (
    select
        *,
        lag(value) over (partition by {{ series }} order by period_end) as last_value,
        lag(period_end) over (partition by {{ series }} order by period_end) as before_end
    from {{ ref('int_figure_named') }}
    where measured = 'flow' and kind in ('count', 'amount') and form <> 'exit_summary'
),

compared as (
    select
        *,
        -- one figure twice in a period is no growth
        case when before_end < period_end then last_value end as value_before
    from followed
),

record as (
    select
        *
        {%- for name in ['value', 'value_before'] %},
        case
            when kind = 'count' then cast(cast({{ name }} as bigint) as {{ dbt.type_string() }})
            else cast(cast({{ name }} as decimal(18, 2)) as {{ dbt.type_string() }})
        end as {{ name }}_text
        {%- endfor %}
    from compared
)
{{- flag_rows('form', rules) }}
