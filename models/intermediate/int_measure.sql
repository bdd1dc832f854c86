-- The value of every count and amount: from the ledgers, else recomputed by an identity, else from its parts, else as stated; and what
-- it was checked against. own_value is what the reported figures alone give.
with figure as (
    select * from {{ ref('int_figure_broken_down') }}
    where kind in ('count', 'amount')
),

recomputed as (
    select * from {{ ref('int_identity_side') }}
    where is_recomputing
),

reported as (
    select
        coalesce(f.town_code, r.town_code) as town_code,
        coalesce(f.period_start, r.period_start) as period_start,
        coalesce(f.period_end, r.period_end) as period_end,
        coalesce(f.indicator, r.target) as indicator,
        coalesce(f.breakdown_by, r.breakdown_by) as breakdown_by,
        coalesce(f.breakdown, r.breakdown) as breakdown,
        f.kind,
        f.unit,
        f.basis,
        f.is_of_which,
        coalesce(r.right_value, f.part_sum, f.stated_value) as own_value,
        f.stated_value as reported_value,
        f.stated_half_unit as reported_half_unit,
        case
            when r.right_value is not null and f.stated_value is not null then 'identity'
            when f.has_parts_and_whole then 'parts'
            else 'none'
        end as checked_against,
        f.printed,
        f.source_file,
        f.source_sheet,
        f.cell
    from figure as f
    full outer join recomputed as r
        on {{ same_place('f', 'r') }} and f.indicator = r.target
)

select
    coalesce(r.town_code, l.town_code) as town_code,
    coalesce(r.period_start, l.period_start) as period_start,
    coalesce(r.period_end, l.period_end) as period_end,
    coalesce(r.indicator, l.indicator) as indicator,
    coalesce(r.breakdown_by, l.breakdown_by) as breakdown_by,
    coalesce(r.breakdown, l.breakdown) as breakdown,
    r.kind,
    r.unit,
    r.basis,
    coalesce(r.is_of_which, false) as is_of_which,
    coalesce(l.value, r.own_value) as value,
    r.own_value,
    l.value as ledger_value,
    r.reported_value,
    r.reported_half_unit,
    case when l.value is not null then 'ledger' else r.checked_against end as checked_against,
    r.printed,
    r.source_file,
    r.source_sheet,
    r.cell
from reported as r
full outer join {{ ref('int_ledger_measure') }} as l
    on {{ same_place('r', 'l') }} and r.indicator = l.indicator
