-- The register's persons as reported, or as its ledger stands where nothing is reported on that day, with the standing before.
with figure as (
    select
        town_code,
        period_start,
        period_end,
        indicator,
        breakdown_by,
        breakdown,
        coalesce(stated_value, part_sum) as value,
        coalesce(case when stated_value is not null then stated_half_unit end, part_half_unit, 0) as half_unit
    from {{ ref('int_figure_broken_down') }}
    where indicator = 'registered_persons' and coalesce(stated_value, part_sum) is not null
),

stood as (
    select town_code, breakdown_by, breakdown, period_start, period_end, value, half_unit, true as is_reported
    from figure
    union all
    select l.town_code, l.breakdown_by, l.breakdown, l.period_start, l.period_end, l.value, 0, false
    from {{ ref('int_ledger_measure') }} as l
    left join figure as f
        on {{ same_place('l', 'f') }} and l.indicator = f.indicator
    where l.indicator = 'registered_persons' and f.indicator is null
)

select
    *,
    lag(value) over (partition by town_code, breakdown_by, breakdown order by period_end, period_start) as value_before,
    lag(half_unit) over (partition by town_code, breakdown_by, breakdown order by period_end, period_start) as half_unit_before,
    lag(period_end) over (partition by town_code, breakdown_by, breakdown order by period_end, period_start) as end_before
from stood
