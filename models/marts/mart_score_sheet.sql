-- The score sheet of a township, one step of the arithmetic a column: figure, full_at, zero_at, share of the points, veto, points.
{%- set day = 'm.period_end' %}

with figure as (
    select * from {{ ref('int_town_indicator') }}
    where breakdown_by = 'total'
),

rule as (
    select r.*, i.indicator_name, i.unit, i.better, v.better as veto_better
    from {{ ref('stg_scoring_rule') }} as r
    inner join {{ ref('stg_indicator') }} as i on r.indicator = i.indicator
    left join {{ ref('stg_indicator') }} as v on r.veto_indicator = v.indicator
),

-- townships are judged by the year so far; all of a county get a sheet once one of them has a figure that is scored
place as (
    select t.town_code, t.town_name, t.county_code, m.period_start, m.period_end, r.*
    from (
        select distinct f.county_code, f.period_start, f.period_end
        from figure as f
        inner join rule as k on f.indicator = k.indicator
        where
            f.value is not null and f.period_start = cast({{ dbt.date_trunc('year', 'f.period_end') }} as date)
            and f.period_end >= k.valid_from and f.period_end <= coalesce(k.valid_to, f.period_end)
    ) as m
    inner join {{ ref('stg_township') }} as t on m.county_code = t.county_code
    inner join rule as r on {{ day }} >= r.valid_from and {{ day }} <= coalesce(r.valid_to, {{ day }})
),

compared as (
    select
        p.*,
        f.value,
        coalesce(f.verdict, 'missing') as verdict,
        v.value as veto_value,
        case when coalesce(f.verdict, 'missing') <> 'suspicious' then {{ score_share('f.value', 'p.full_at', 'p.zero_at', 'p.better') }} end as point_share,
        case
            when p.veto_indicator is null then false
            when p.veto_better = 'high' then v.value < p.veto_at
            else v.value > p.veto_at
        end as is_vetoed
    from place as p
    {%- for alias, column in {'f': 'p.indicator', 'v': 'p.veto_indicator'}.items() %}
    left join figure as {{ alias }}
        on
            p.town_code = {{ alias }}.town_code
            and p.period_start = {{ alias }}.period_start
            and p.period_end = {{ alias }}.period_end
            and {{ column }} = {{ alias }}.indicator
    {%- endfor %}
)

select
    town_code,
    town_name,
    county_code,
    period_start,
    period_end,
    rule_id,
    rule_name,
    indicator,
    indicator_name,
    unit,
    better,
    value,
    verdict,
    cast(full_at as double) as full_at,
    cast(zero_at as double) as zero_at,
    point_share,
    veto_indicator,
    cast(veto_at as double) as veto_at,
    veto_value,
    is_vetoed,
    cast(weight as double) as max_points,
    case when is_vetoed and point_share is not null then 0e0 when not is_vetoed then cast(weight as double) * point_share end as points,
    case
        when point_share is null or is_vetoed is null then 'missing'
        when is_vetoed then 'vetoed'
        when point_share >= 1 then 'full'
        when point_share <= 0 then 'zero'
        else 'partial'
    end as outcome,
    {{ score_sentence() }} as sentence,
    legal_source,
    is_verified
from compared
