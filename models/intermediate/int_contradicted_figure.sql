-- Figures that a failed identity of their form speaks of: its target and its terms. What the ledgers or other periods say is no
-- contradiction of a form with itself; it shows as a difference.
select
    c.town_code,
    c.period_start,
    c.period_end,
    c.breakdown_by,
    c.breakdown,
    coalesce(t.measure, c.indicator) as indicator,
    max(case when c.identity = 'part_within_whole' then c.left_value end) as whole_value,
    max(case when c.identity = 'part_within_whole' then c.right_value end) as item_value
from (
    select town_code, period_start, period_end, breakdown_by, breakdown, identity, indicator, left_value, right_value
    from {{ ref('int_identity_result') }}
    where not passes and identity not in (
        select i.identity
        from {{ ref('stg_identity') }} as i
        where i.scope <> 'form'
    )
    union all
    select town_code, period_start, period_end, 'total' as breakdown_by, '合计' as breakdown, identity, indicator, left_value, right_value
    from {{ ref('int_identity_result') }}
    where not passes and identity = 'part_within_whole'
) as c
left join (
    select identity, measure from {{ ref('stg_identity_term') }}
    union all
    select identity, target from {{ ref('stg_identity') }}
where target is not null
) as t on c.identity = t.identity
group by c.town_code, c.period_start, c.period_end, c.breakdown_by, c.breakdown, coalesce(t.measure, c.indicator)
