-- Identities that reach beyond one form: summary against ledger, part by part, and one period against the one before.
{%- set place = ['town_code', 'period_start', 'period_end', 'indicator', 'breakdown_by', 'breakdown'] %}
with figure as (
    select
        f.town_code,
        f.period_start,
        f.period_end,
        f.indicator,
        f.breakdown_by,
        f.breakdown,
        r.measured,
        coalesce(f.stated_value, f.part_sum) as value,
        coalesce(case when f.stated_value is not null then f.stated_half_unit end, f.part_half_unit, 0) as half_unit
    from {{ ref('int_figure_broken_down') }} as f
    inner join {{ ref('stg_indicator') }} as r on f.indicator = r.indicator
    where f.kind in ('count', 'amount') and coalesce(f.stated_value, f.part_sum) is not null
),

-- where the ledger is whole by a dimension, a part that it does not have is nought; one that a blank leaves unknown is not
compared as (
    select
        {% for name in place %}coalesce(f.{{ name }}, l.{{ name }}) as {{ name }}, {% endfor %}
        f.value as left_value,
        f.half_unit,
        case when l.indicator is not null then l.value when d.indicator is not null then 0 end as right_value
    from figure as f
    full outer join {{ ref('int_ledger_counted') }} as l
        on {{ same_place('f', 'l') }} and f.indicator = l.indicator
    left join (
        select distinct town_code, period_start, period_end, indicator, breakdown_by from {{ ref('int_ledger_counted') }}
    ) as d
        on
            f.town_code = d.town_code and f.period_start = d.period_start and f.period_end = d.period_end
            and f.indicator = d.indicator and f.breakdown_by = d.breakdown_by
),

reported_dimension as (
    select distinct town_code, period_start, period_end, indicator, breakdown_by
    from figure
    where breakdown_by <> 'total'
),

in_time as (
    select
        *,
        lag(value) over (partition by town_code, indicator, breakdown_by, breakdown, period_start order by period_end) as value_before,
        lag(half_unit) over (partition by town_code, indicator, breakdown_by, breakdown, period_start order by period_end) as half_unit_before,
        lag(period_end) over (partition by town_code, indicator, breakdown_by, breakdown, period_start order by period_end) as end_before
    from figure
)

select
    'summary_equals_ledger' as identity, {{ place | join(', ') }}, '=' as operator, left_value, right_value, half_unit as tolerance,
    cast(null as date) as end_before
from compared
where left_value is not null and right_value is not null
union all
select 'ledger_blank', {% for name in place %}f.{{ name }}, {% endfor %} '=', f.value, b.known_sum, f.half_unit, null
from figure as f
inner join {{ ref('int_ledger_blank') }} as b
    on {{ same_place('f', 'b') }} and f.indicator = b.indicator
union all
select 'ledger_part_reported', {% for name in place %}c.{{ name }}, {% endfor %} '=', null, c.right_value, 0, null
from compared as c
inner join reported_dimension as d
    on
        c.town_code = d.town_code and c.period_start = d.period_start and c.period_end = d.period_end
        and c.indicator = d.indicator and c.breakdown_by = d.breakdown_by
where c.left_value is null and c.right_value <> 0
    -- stages together are one way to report, not a part that is missing
    and c.breakdown not in (
        select b.reported_within from {{ ref('breakdown') }} as b
        where b.reported_within is not null
    )
union all
select 'cumulative_not_falling', {{ place | join(', ') }}, '>=', value, value_before, half_unit + half_unit_before, end_before
from in_time
-- exits are net of 返贫 and may fall
where measured = 'flow' and value_before is not null and year(period_start) = year(period_end) and indicator not in ('exited_households', 'exited_persons')
union all
select
    'register_balance', t.town_code, t.period_start, t.period_end, 'registered_persons', t.breakdown_by, t.breakdown, '=',
    t.value, t.value_before + l.value, t.half_unit + t.half_unit_before, t.end_before
from {{ ref('int_register_standing') }} as t
inner join {{ ref('int_ledger_measure') }} as l
    on
        t.town_code = l.town_code
        and l.period_start = cast({{ dbt.dateadd('day', 1, 't.end_before') }} as date)
        and t.period_end = l.period_end
        and t.breakdown_by = l.breakdown_by
        and t.breakdown = l.breakdown
        and l.indicator = 'register_net_persons'
where t.is_reported and t.value_before is not null
