-- Two townships side by side: does the first do better or worse, or may chance alone have set them apart? The limits allow for all the
-- comparisons of the first township at once, so that an appeal against one rank is answered line by line.
with pair as (
    select
        a.county_code,
        a.period_start,
        a.period_end,
        a.indicator,
        a.better,
        a.town_code,
        a.town_name,
        b.town_code as other_town_code,
        b.town_name as other_town_name,
        a.value,
        b.value as other_value,
        {{ difference_limit('lower', 'a.value', 'a.pair_lower', 'a.pair_upper', 'b.value', 'b.pair_lower', 'b.pair_upper') }} as lower_limit,
        {{ difference_limit('upper', 'a.value', 'a.pair_lower', 'a.pair_upper', 'b.value', 'b.pair_lower', 'b.pair_upper') }} as upper_limit
    from {{ ref('int_town_compared') }} as a
    inner join {{ ref('int_town_compared') }} as b
        on
            a.county_code = b.county_code
            and a.period_start = b.period_start
            and a.period_end = b.period_end
            and a.indicator = b.indicator
            and a.denominator_wording = b.denominator_wording
            and a.town_code <> b.town_code
)

select
    county_code,
    period_start,
    period_end,
    indicator,
    town_code,
    town_name,
    other_town_code,
    other_town_name,
    value,
    other_value,
    value - other_value as difference,
    lower_limit,
    upper_limit,
    case
        when lower_limit is null then 'no interval'
        when (better = 'high' and lower_limit > 0) or (better = 'low' and upper_limit < 0) then 'better'
        when (better = 'high' and upper_limit < 0) or (better = 'low' and lower_limit > 0) then 'worse'
        else 'not distinguishable'
    end as conclusion
from pair
