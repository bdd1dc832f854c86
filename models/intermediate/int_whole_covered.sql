-- Without a total row the parts make a whole only where every part that a whole needs is there
select
    r.town_code,
    r.period_start,
    r.period_end,
    r.indicator,
    r.breakdown_by
from {{ ref('int_figure_role') }} as r
inner join {{ ref('breakdown') }} as b on r.breakdown_by = b.breakdown_by and r.breakdown = b.breakdown and b.is_needed_for_total
inner join (select breakdown_by, count(*) as needed_count from {{ ref('breakdown') }}
where is_needed_for_total
group by breakdown_by) as n
    on r.breakdown_by = n.breakdown_by
where r.figure_role = 'part'
group by r.town_code, r.period_start, r.period_end, r.indicator, r.breakdown_by, n.needed_count
having count(distinct r.breakdown) = n.needed_count
union all
select
    town_code,
    period_start,
    period_end,
    indicator,
    breakdown_by
from {{ ref('int_figure_role') }}
where figure_role = 'part' and breakdown_by = 'exit_year'
group by town_code, period_start, period_end, indicator, breakdown_by
having
    min(breakdown) = cast(cast({{ parameter('first_exit_year', 'max(period_end)') }} as integer) as string)
    and count(distinct breakdown) = year(period_end) - cast(min(breakdown) as integer) + 1
