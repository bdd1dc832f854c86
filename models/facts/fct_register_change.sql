select
    town_code,
    period_start,
    period_end,
    coalesce(change_type, '未注明') as change_type,
    'recomputed' as basis,
    count(*) as change_count,
    cast({{ whole_sum('household_count') }} as bigint) as household_count,
    cast({{ whole_sum('person_count') }} as bigint) as person_count,
    cast({{ whole_sum(register_effect()) }} as bigint) as register_effect_person_count
from {{ ref('int_register_change') }}
group by town_code, period_start, period_end, change_type
