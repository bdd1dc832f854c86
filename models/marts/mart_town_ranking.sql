-- Townships of a county beside each other: the rank, the ranks that chance allows, and the place in the funnel. A township without a sound
-- figure is listed without rank and with the reason.
{%- set one_figure = ['county_code', 'period_start', 'period_end', 'indicator'] %}
{%- set apart = "case when conclusion in ('not distinguishable', 'no interval') then other_town_name end" %}

with place as (
    -- every township of the county, also where it sent nothing
    select
        t.town_code,
        t.town_name,
        i.*
    from (
        select distinct {{ one_figure | join(', ') }}, indicator_name, subject, kind, unit, better
        from {{ ref('int_town_indicator') }}
        where breakdown_by = 'total' and better in ('high', 'low')
    ) as i
    inner join {{ ref('stg_township') }} as t on i.county_code = t.county_code
),

pair as (
    select
        {{ one_figure | join(', ') }},
        town_code,
        count(case when conclusion = 'worse' then 1 end) as behind_count,
        count(case when conclusion = 'better' then 1 end) as ahead_count,
        count({{ apart }}) as undistinguished_count,
        {{ ordered_list(apart, "'、'", 'other_town_code') }} as undistinguished_towns
    from {{ ref('mart_town_pair') }}
    group by {{ one_figure | join(', ') }}, town_code
)

select
    p.town_code,
    p.town_name,
    {%- for name in one_figure %}
    p.{{ name }},
    {%- endfor %}
    p.indicator_name,
    p.subject,
    p.kind as statistic,
    p.unit,
    p.better,
    f.denominator_wording,
    f.numerator,
    f.denominator,
    f.value,
    f.lower_95,
    f.upper_95,
    f.interval_method,
    coalesce(f.verdict, 'missing') as verdict,
    r.value_rank as town_rank,
    r.town_count,
    {{ rank_end(1, 'q.behind_count') }} as best_rank,
    {{ rank_end('r.town_count', '-q.ahead_count') }} as worst_rank,
    case when r.pair_lower is not null then 'marginal' end as rank_set,
    case when r.pair_lower is not null then r.rank_confidence end as rank_confidence,
    case when r.pair_lower is not null then r.comparison_count end as comparison_count,
    {{ comparison_method('p.kind', 'r.pair_lower') }} as comparison_method,
    case when r.pair_lower is not null then q.undistinguished_count end as undistinguished_count,
    case when r.pair_lower is not null then q.undistinguished_towns end as undistinguished_towns,
    {{ rank_sentence() }} as sentence,
    r.pooled_value,
    {%- for name in ['funnel_lower_95', 'funnel_upper_95', 'funnel_lower_998', 'funnel_upper_998', 'funnel_class', 'funnel_judgement'] %}
    r.{{ name }},
    {%- endfor %}
    r.phi,
    r.is_overdispersed,
    r.empirical_bayes_value
from place as p
left join {{ ref('int_town_indicator') }} as f
    on
        p.town_code = f.town_code
        {%- for name in one_figure %}
        and p.{{ name }} = f.{{ name }}
        {%- endfor %}
        and f.breakdown_by = 'total'
{%- for alias, relation in {'r': ref('int_town_rank'), 'q': 'pair'}.items() %}
left join {{ relation }} as {{ alias }}
    on
        p.town_code = {{ alias }}.town_code
        {%- for name in one_figure %}
        and p.{{ name }} = {{ alias }}.{{ name }}
        {%- endfor %}
{%- endfor %}
