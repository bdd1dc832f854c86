-- The broken identities with their cells, and every other identity that shares a cell with one of them: the ground of explanations.
{%- set place = ['town_code', 'period_start', 'period_end', 'indicator', 'breakdown_by', 'breakdown'] %}
{%- set figure = (['town_code', 'indicator', 'row_kind'] + dimensions()) | join(', ') %}
with result as (
    select * from {{ ref('int_identity_result') }}
),

neighbour as (
    select
        source_file,
        source_sheet,
        cell,
        lag(value) over (partition by {{ figure }} order by period_end, period_start) as value_before,
        lead(value) over (partition by {{ figure }} order by period_end, period_start) as value_after
    from {{ ref('int_reported_figure') }}
),

cell as (
    select
        c.identity, {% for p in place %}c.{{ p }}, {% endfor %}f.form, c.source_file, c.source_sheet, f.source_row, c.cell, f.column_name,
        c.coefficient, c.value, f.printed, f.printed_unit, f.half_unit
    from {{ ref('int_identity_cell') }} as c
    inner join {{ ref('stg_figure_cell') }} as f
        on c.source_file = f.source_file and c.source_sheet = f.source_sheet and c.cell = f.cell
    union all
    select
        identity, {{ place | join(', ') }}, form, source_file, source_sheet, source_row, null, column_name, -1, value, null, null, 0
    from {{ ref('int_identity_ledger_cell') }}
    union all
    select
        'claim_balance', town_code, period_start, period_end, source_file || '#' || source_sheet || '#' || cast(source_row as string),
        'row', source_column, form, source_file, source_sheet, source_row, null, column_name, balance_sign, value, null, null, 0
    from {{ ref('int_ledger_cell') }}
    where balance_sign is not null
    union all
    select
        identity, {{ place | join(', ') }}, form, source_file, source_sheet, source_row, cell, column_name, coefficient, null, null, null, 0
    from {{ ref('int_identity_blank') }}
),

checked as (
    select
        identity, {{ place | join(', ') }}, operator, coalesce(left_value, 0) - right_value as difference, tolerance, passes
    from result
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
        c.source_file || '#' || c.source_sheet || '#' || coalesce(c.cell, cast(c.source_row as string) || '#' || c.column_name) as cell_id
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

select
    j.*,
    n.value_before,
    n.value_after
from joined as j
inner join told as t
    on j.identity = t.identity and j.indicator = t.indicator and {{ same_place('j', 't') }}
left join neighbour as n
    on j.source_file = n.source_file and j.source_sheet = n.source_sheet and j.cell = n.cell
