-- How far the townships of a county lie apart on an indicator, and how much of that chance explains: what the funnel is drawn from.
{%- set comparison = 'county_code, period_start, period_end, indicator, denominator_wording' %}

with cut as (
    select
        {{ comparison }},
        {{ winsor_cut('z_score', 'lower') }} as lower_cut,
        {{ winsor_cut('z_score', 'upper') }} as upper_cut
    from {{ ref('int_town_compared') }}
    group by {{ comparison }}
),

spread as (
    select
        c.county_code,
        c.period_start,
        c.period_end,
        c.indicator,
        c.denominator_wording,
        max(c.kind) as statistic,
        count(*) as town_count,
        count(c.z_score) as judged_town_count,
        max(c.pooled_value) as pooled_value,
        min(c.value) as lowest_value,
        max(c.value) as highest_value,
        {{ overdispersion('c.z_score', 'k.lower_cut', 'k.upper_cut') }} as phi,
        {{ variance_between('c.value', 'c.pooled_value', 'c.n', 'c.unit_variance') }} as variance_between
    from {{ ref('int_town_compared') }} as c
    inner join cut as k
        on
            c.county_code = k.county_code
            and c.period_start = k.period_start
            and c.period_end = k.period_end
            and c.indicator = k.indicator
            and c.denominator_wording = k.denominator_wording
    group by c.county_code, c.period_start, c.period_end, c.indicator, c.denominator_wording
)

select
    county_code,
    period_start,
    period_end,
    indicator,
    denominator_wording,
    statistic,
    town_count,
    judged_town_count,
    pooled_value,
    lowest_value,
    highest_value,
    phi,
    {{ is_overdispersed('phi', 'judged_town_count') }} as is_overdispersed,
    case when {{ is_overdispersed('phi', 'judged_town_count') }} then greatest(1e0, phi) else 1e0 end as inflation,
    case when statistic in ('proportion', 'count_ratio') then variance_between end as variance_between
from spread
