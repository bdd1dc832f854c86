-- A summary that differs from its ledger may be right, and a cell of the ledger wrong or left out: the cells behind every such difference.
select
    d.identity, s.town_code, p.period_start, p.period_end, s.indicator, d.breakdown_by, d.breakdown,
    s.form, s.source_file, s.source_sheet, s.source_row, s.column_name, s.value
from {{ ref('int_ledger_cell') }} as s
inner join {{ ref('int_ledger_period') }} as p
    on s.form = p.form and s.town_code = p.town_code and s.period_start = p.ledger_start and s.period_end = p.ledger_end
inner join {{ ref('int_identity_result') }} as d
    on
        d.identity in ('summary_equals_ledger', 'ledger_blank') and s.town_code = d.town_code and p.period_start = d.period_start
        and p.period_end = d.period_end and s.indicator = d.indicator
        and ((d.breakdown_by = 'total') or (s.breakdown_by = d.breakdown_by and s.breakdown = d.breakdown))
-- only where something is wrong with the figure at all
where exists (
    select 1 from {{ ref('int_identity_result') }} as f
    where
        not f.passes and f.identity = d.identity and f.town_code = s.town_code and f.period_start = p.period_start
        and f.period_end = p.period_end and f.indicator = s.indicator
)
