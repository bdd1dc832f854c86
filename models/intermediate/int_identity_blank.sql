-- Blank cells in the identities that a figure there would mend: the part that a ledger has, and the part that fills up the total.
with blank as (
    select * from {{ ref('int_blank_cell') }}
),

placed as (
    {%- for name in dimensions() %}
    select *, '{{ name }}' as breakdown_by, {{ name }} as breakdown from blank
    where {{ name }} is not null
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    'ledger_part_reported' as identity,
    r.town_code,
    r.period_start,
    r.period_end,
    r.indicator,
    r.breakdown_by,
    r.breakdown,
    p.form,
    p.source_file,
    p.source_sheet,
    p.source_row,
    p.cell,
    p.column_name,
    1 as coefficient
from {{ ref('int_identity_result') }} as r
inner join placed as p
    on {{ same_place('r', 'p') }} and r.indicator = p.indicator
where r.identity = 'ledger_part_reported'
union all
select
    r.identity,
    r.town_code,
    r.period_start,
    r.period_end,
    r.indicator,
    r.breakdown_by,
    r.breakdown,
    b.form,
    b.source_file,
    b.source_sheet,
    b.source_row,
    b.cell,
    b.column_name,
    -1
from {{ ref('int_identity_result') }} as r
inner join blank as b
    on r.town_code = b.town_code and r.period_start = b.period_start and r.period_end = b.period_end and r.indicator = b.indicator
where r.identity = 'blank_part' and r.breakdown_by = 'total'
