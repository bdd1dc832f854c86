-- Registered identities, parts against their whole, 其中 items against theirs, and what reaches beyond one form. Tolerance is half a unit of each figure printed.
with registered as (
    select
        s.identity,
        s.town_code,
        s.period_start,
        s.period_end,
        s.target as indicator,
        s.breakdown_by,
        s.breakdown,
        s.operator,
        s.left_value,
        s.right_value,
        coalesce(s.left_half_unit, 0) + coalesce(s.right_half_unit, 0) as tolerance
    from {{ ref('int_identity_side') }} as s
    where s.left_value is not null
),

checked as (
    select * from registered
    union all
    select * from {{ ref('int_identity_part') }}
    union all
    select
        identity,
        town_code,
        period_start,
        period_end,
        indicator,
        breakdown_by,
        breakdown,
        operator,
        left_value,
        right_value,
        tolerance
    from {{ ref('int_identity_across') }}
)

select
    *,
    case
        when left_value is null then false
        when operator = '=' then abs(left_value - right_value) <= tolerance
        else left_value + tolerance >= right_value
    end as passes
from checked
