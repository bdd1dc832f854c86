-- A compared township's place in the funnel of its county, and its figure drawn towards the pooled mean.
with limited as (
    select
        c.*,
        s.phi,
        s.is_overdispersed,
        {{ empirical_bayes('c.value', 'c.pooled_value', 's.variance_between', 'c.chance_variance') }} as empirical_bayes_value,
        {%- for name, z in [('95', 'c.z_95'), ('998', 'c.z_998')] %}
        {%- for bound in ['lower', 'upper'] %}
        {{ funnel_limit(bound, 'c.pooled_value', 'c.chance_variance', z, 's.inflation', 'coalesce(c.ceiling_value, 1e18)') }}
            as funnel_{{ bound }}_{{ name }}{{ ',' if not (name == '998' and loop.last) }}
        {%- endfor %}
        {%- endfor %}
    from {{ ref('int_town_compared') }} as c
    inner join {{ ref('int_indicator_spread') }} as s
        on
            c.county_code = s.county_code
            and c.period_start = s.period_start
            and c.period_end = s.period_end
            and c.indicator = s.indicator
            and c.denominator_wording = s.denominator_wording
),

classed as (
    select
        *,
        case
            when value < funnel_lower_998 then 'low_998'
            when value > funnel_upper_998 then 'high_998'
            when value < funnel_lower_95 then 'low_95'
            when value > funnel_upper_95 then 'high_95'
            when funnel_lower_95 is not null then 'within'
        end as funnel_class
    from limited
)

select
    *,
    case
        when funnel_class = 'within' then 'as expected'
        when funnel_class is null then null
        when (better = 'high') = (value > pooled_value) then 'better'
        else 'worse'
    end as funnel_judgement
from classed
