-- The cells that stand in an identity at one place, each with its coefficient in left side - right side. What no cell holds (a ledger's
-- sum, say) is the rest. Evidence for people and the ground on which broken identities are explained.
{%- set place = ['town_code', 'period_start', 'period_end', 'breakdown_by', 'breakdown'] %}
{%- set cell = ['m.source_file', 'm.source_sheet', 'm.cell', 'm.value'] | join(', ') %}
with cell as (
    select * from {{ ref('int_measure_cell') }}
),

-- the terms of an identity, a term that is not stated taken apart by the identity that recomputes it
term as (
    select identity, measure, sign, cast(null as string) as instead_of from {{ ref('stg_identity_term') }}
    union all
    select t.identity, r.measure, t.sign * r.sign as sign, t.measure as instead_of
    from {{ ref('stg_identity_term') }} as t
    inner join {{ ref('stg_identity') }} as i on t.measure = i.target and i.is_recomputing
    inner join {{ ref('stg_identity_term') }} as r on i.identity = r.identity
),

side as (
    select * from {{ ref('int_identity_side') }}
    where left_value is not null
),

figure as (
    select * from {{ ref('int_figure_broken_down') }}
),

found as (
    select s.identity, s.target as indicator, {% for p in place %}s.{{ p }}, {% endfor %}{{ cell }}, 1 as coefficient
    from side as s
    inner join cell as m on {{ same_place('s', 'm') }} and s.target = m.indicator and m.is_own
    union all
    select s.identity, s.target, {% for p in place %}s.{{ p }}, {% endfor %}{{ cell }}, -t.sign
    from side as s
    inner join term as t on s.identity = t.identity
    inner join cell as m on {{ same_place('s', 'm') }} and t.measure = m.indicator and m.is_own
    left join figure as f
        on {{ same_place('s', 'f') }} and t.instead_of = f.indicator and coalesce(f.part_sum, f.stated_value) is not null
    where f.indicator is null
    union all
    select 'parts_make_total', f.indicator, {% for p in place %}f.{{ p }}, {% endfor %}{{ cell }},
        case when m.figure_role = 'part' then -1 else 1 end
    from figure as f
    inner join cell as m on {{ same_place('f', 'm') }} and f.indicator = m.indicator
    where f.has_parts_and_whole and f.part_sum is not null and f.stated_value is not null
    union all
    select 'blank_part', f.indicator, {% for p in place %}f.{{ p }}, {% endfor %}{{ cell }},
        case when m.figure_role = 'part' then -1 else 1 end
    from figure as f
    inner join cell as m on {{ same_place('f', 'm') }} and f.indicator = m.indicator
    where f.has_parts_and_whole and not f.is_complete and f.breakdown_by = 'total' and f.stated_value is not null
    union all
    select 'part_within_whole', f.indicator, {% for p in place %}f.{{ p }}, {% endfor %}{{ cell }},
        case when m.figure_role = 'of_which' then -1 else 1 end
    from figure as f
    inner join cell as m
        on
            f.town_code = m.town_code and f.period_start = m.period_start and f.period_end = m.period_end and f.indicator = m.indicator
            and ((m.figure_role = 'of_which' and f.breakdown_by = m.breakdown_by and f.breakdown = m.breakdown) or (m.breakdown_by = 'total' and m.is_own))
    where f.is_of_which
    union all
    select a.identity, a.indicator, {% for p in place %}a.{{ p }}, {% endfor %}{{ cell }}, 1
    from {{ ref('int_identity_across') }} as a
    inner join cell as m on {{ same_place('a', 'm') }} and a.indicator = m.indicator and m.is_stated
    union all
    select a.identity, a.indicator, {% for p in place %}a.{{ p }}, {% endfor %}{{ cell }}, -1
    from {{ ref('int_identity_across') }} as a
    inner join cell as m
        on
            a.town_code = m.town_code and a.period_start = m.period_start and a.end_before = m.period_end
            and a.breakdown_by = m.breakdown_by and a.breakdown = m.breakdown and a.indicator = m.indicator and m.is_stated
)

select
    r.identity,
    r.town_code,
    r.period_start,
    r.period_end,
    r.indicator,
    r.breakdown_by,
    r.breakdown,
    f.source_file,
    f.source_sheet,
    f.cell,
    sum(f.coefficient) as coefficient,
    max(f.value) as value
from {{ ref('int_identity_result') }} as r
inner join found as f
    on {{ same_place('r', 'f') }} and r.identity = f.identity and r.indicator = f.indicator
group by
    r.identity, r.town_code, r.period_start, r.period_end, r.indicator, r.breakdown_by, r.breakdown, f.source_file, f.source_sheet, f.cell
having sum(f.coefficient) <> 0
