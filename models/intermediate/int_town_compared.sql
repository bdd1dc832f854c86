-- Townships whose figure may be compared: same county, period, indicator and wording of the denominator (rates on two kinds of population
-- are no comparison), a ratio, known and plausible. pair_lower and pair_upper are limits wide enough for all its comparisons at once.
{%- set comparison = 'county_code, period_start, period_end, indicator, denominator_wording' %}

with eligible as (
    select
        town_code,
        town_name,
        county_code,
        period_start,
        period_end,
        indicator,
        coalesce(denominator_wording, '') as denominator_wording,
        kind,
        better,
        value,
        cast(numerator as double) as x,
        cast(denominator as double) as n,
        margin_95,
        ceiling_value,
        {{ parameter('confidence_z', 'period_end') }} as z_95,
        {{ parameter('alarm_z', 'period_end') }} as z_998,
        {{ parameter('rank_confidence', 'period_end') }} as rank_confidence,
        numerator,
        denominator
    from {{ ref('int_town_indicator') }}
    where
        breakdown_by = 'total' and better in ('high', 'low') and kind not in ('count', 'amount')
        and value is not null and verdict <> 'suspicious'
),

pooled as (
    select
        *,
        count(*) over (partition by {{ comparison }}) as town_count,
        {{ ratio('sum(numerator) over (partition by ' ~ comparison ~ ')', 'sum(denominator) over (partition by ' ~ comparison ~ ')') }} as pooled_value
    from eligible
),

-- Bonferroni: the error of one town's rank range is shared among its comparisons
levelled as (
    select
        *,
        town_count - 1 as comparison_count,
        {{ upper_normal_quantile('(1 - cast(rank_confidence as double)) / nullif(2 * (town_count - 1), 0)') }} as z_pair,
        {{ chance_variance('kind', 'pooled_value', 'n', 'margin_95', 'z_95') }} as chance_variance
    from pooled
)

select
    town_code,
    town_name,
    {{ comparison }},
    kind,
    better,
    value,
    n,
    town_count,
    comparison_count,
    cast(rank_confidence as double) as rank_confidence,
    z_95,
    z_998,
    pooled_value,
    chance_variance,
    ceiling_value,
    case when kind = 'proportion' then pooled_value * (1 - pooled_value) when kind = 'count_ratio' then pooled_value end as unit_variance,
    cast(rank() over (
        partition by {{ comparison }} order by case when better = 'high' then -value else value end
    ) as bigint) as value_rank,
    (value - pooled_value) / nullif(sqrt(chance_variance), 0) as z_score,
    {%- for bound, sign in [('lower', '-'), ('upper', '+')] %}
    case
        when kind = 'proportion' then {{ wilson(bound, 'x', 'n', 'z_pair') }}
        when kind = 'count_ratio' then {{ ratio(byar(bound, 'x', 'z_pair'), 'n') }}
        when kind = 'money_ratio' then value {{ sign }} margin_95 * z_pair / nullif(cast(z_95 as double), 0)
    end as pair_{{ bound }}{{ ',' if not loop.last }}
    {%- endfor %}
from levelled
