-- What people act on: every identity that could be checked, with both sides and a plain sentence.
select
    c.identity,
    i.identity_name,
    c.town_code,
    t.town_name,
    c.period_start,
    c.period_end,
    c.indicator,
    coalesce(r.indicator_name, c.indicator) as indicator_name,
    c.breakdown_by,
    c.breakdown,
    c.operator,
    cast(c.left_value as decimal(28, 8)) as left_value,
    cast(c.right_value as decimal(28, 8)) as right_value,
    cast(c.left_value - c.right_value as decimal(28, 8)) as difference,
    cast(c.tolerance as decimal(28, 8)) as tolerance,
    c.passes,
    i.sentence,
    case
        when c.passes then null
        when e.conclusion is not null then e.conclusion
        when c.left_value is null then {{ left_out('c.right_value') }}
    end as explanation
from {{ ref('int_identity_result') }} as c
inner join {{ ref('stg_township') }} as t on c.town_code = t.town_code
inner join {{ ref('stg_identity') }} as i on c.identity = i.identity
left join {{ ref('stg_indicator') }} as r on c.indicator = r.indicator
left join {{ ref('int_identity_explanation') }} as e
    on {{ same_place('c', 'e') }} and c.identity = e.identity and c.indicator = e.indicator and e.rank = 1
