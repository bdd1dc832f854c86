-- Counts and amounts of a township as indicators of their own; an 其中 item larger than its whole is shown against it.
select
    m.town_code,
    m.period_start,
    m.period_end,
    m.indicator,
    m.breakdown_by,
    m.breakdown,
    m.basis,
    m.kind,
    m.unit,
    case when m.ledger_value is null then coalesce(c.item_value, m.value) else m.value end as numerator,
    case when m.ledger_value is null then c.whole_value end as denominator,
    cast(m.value as double) as plain_value,
    m.reported_value,
    m.reported_half_unit,
    m.checked_against,
    -- a figure that the ledgers give needs no other figure of its form to be known
    c.indicator is not null and m.ledger_value is null as is_contradicted,
    m.ledger_value is not null as is_from_ledger,
    m.printed,
    m.source_file,
    m.source_sheet,
    m.cell
from {{ ref('int_measure') }} as m
left join {{ ref('int_contradicted_figure') }} as c
    on {{ same_place('m', 'c') }} and m.indicator = c.indicator
where m.value is not null or m.reported_value is not null
