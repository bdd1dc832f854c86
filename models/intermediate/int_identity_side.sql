-- Both sides of every registered identity, wherever its terms are known. value_* is what the figures give, before any identity is used.
with figure as (
    select
        *,
        coalesce(part_sum, stated_value) as own_value,
        coalesce(case when part_sum is not null then part_half_unit end, stated_half_unit) as own_half_unit
    from {{ ref('int_figure_broken_down') }}
),

-- a target such as 补偿合计 that is not stated is worth the sum of its terms in the identities that use it
recomputed as (
    {{ identity_sum('figure', 'own_value', 'own_half_unit', 'i.is_recomputing') }}
),

known as (
    select
        coalesce(f.town_code, r.town_code) as town_code,
        coalesce(f.period_start, r.period_start) as period_start,
        coalesce(f.period_end, r.period_end) as period_end,
        coalesce(f.indicator, r.target) as indicator,
        coalesce(f.breakdown_by, r.breakdown_by) as breakdown_by,
        coalesce(f.breakdown, r.breakdown) as breakdown,
        coalesce(f.own_value, r.right_value) as known_value,
        coalesce(f.own_half_unit, r.right_half_unit) as known_half_unit
    from figure as f
    full outer join recomputed as r
        on {{ same_place('f', 'r') }} and f.indicator = r.target
),

right_side as (
    {{ identity_sum('known', 'known_value', 'known_half_unit', 'true') }}
)

select
    r.town_code,
    r.period_start,
    r.period_end,
    r.breakdown_by,
    r.breakdown,
    r.identity,
    r.target,
    r.operator,
    r.is_recomputing,
    f.own_value as left_value,
    f.own_half_unit as left_half_unit,
    r.right_value,
    r.right_half_unit
from right_side as r
left join figure as f
    on {{ same_place('r', 'f') }} and r.target = f.indicator
