-- The broken identities with their cells, and every other identity that shares a cell with one of them: the ground of explanations.
-- Cells of suspect ledger rows stand in the identities of their summary (with -1) and, for claims, in the balance of their own row.
{%- set place = ['town_code', 'period_start', 'period_end', 'indicator', 'breakdown_by', 'breakdown'] %}
with cell as (
    select
        c.identity,
        {% for p in place %}c.{{ p }}, {% endfor %}
        f.form,
        c.source_file,
        c.source_sheet,
        f.source_row,
        c.cell,
        f.column_name,
        c.coefficient,
        c.value,
        f.printed,
        f.printed_unit,
        f.half_unit
    from {{ ref('int_identity_cell') }} as c
    inner join {{ ref('stg_figure_cell') }} as f
        on c.source_file = f.source_file and c.source_sheet = f.source_sheet and c.cell = f.cell
    union all
    select
        'summary_equals_ledger', s.town_code, p.period_start, p.period_end, s.indicator, d.breakdown_by, d.breakdown,
        s.form, s.source_file, s.source_sheet, s.source_row, null, s.column_name, -1, s.value, null, null, 0
    from {{ ref('int_suspect_cell') }} as s
    inner join {{ ref('int_ledger_period') }} as p
        on s.form = p.form and s.town_code = p.town_code and s.period_start = p.ledger_start and s.period_end = p.ledger_end
    inner join {{ ref('breakdown') }} as d
        on (d.breakdown_by = 'total') or (s.breakdown_by = d.breakdown_by and s.breakdown = d.breakdown)
    union all
    select
        'claim_balance', town_code, period_start, period_end, source_file || '#' || source_sheet || '#' || cast(source_row as varchar),
        'row', source_column, form, source_file, source_sheet, source_row, null, column_name, balance_sign, value, null, null, 0
    from {{ ref('int_suspect_cell') }}
    where balance_sign <> 0
),

checked as (
    select identity, {{ place | join(', ') }}, operator, left_value - right_value as difference, tolerance, passes
    from {{ ref('int_identity_result') }}
    where left_value is not null
    union all
    select identity, {{ place | join(', ') }}, '=', sum(coefficient * coalesce(value, 0)), 0, false
    from cell
    where identity = 'claim_balance'
    group by identity, {{ place | join(', ') }}
),

joined as (
    select
        c.*,
        k.operator,
        k.difference,
        k.tolerance,
        k.passes,
        c.source_file || '#' || c.source_sheet || '#' || coalesce(c.cell, cast(c.source_row as varchar) || '#' || c.column_name) as cell_id
    from cell as c
    inner join checked as k
        on c.identity = k.identity and c.indicator = k.indicator and {{ same_place('c', 'k') }}
),

touched as (
    select distinct cell_id from joined
where not passes
),

told as (
    select distinct j.identity, {% for p in place %}j.{{ p }}{{ ', ' if not loop.last }}{% endfor %}
    from joined as j
    inner join touched as t on j.cell_id = t.cell_id
)

select j.*
from joined as j
inner join told as t
    on j.identity = t.identity and j.indicator = t.indicator and {{ same_place('j', 't') }}
