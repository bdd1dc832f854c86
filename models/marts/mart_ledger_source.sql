-- The way from a figure recomputed from ledgers to their sheets and rows.
with figure as (
    select distinct town_code, period_start, period_end, indicator, form from {{ ref('int_ledger_measure') }}
),

record as (
    {%- for form in ledgers() %}
    select '{{ form }}' as form, town_code, period_start, period_end, source_file, source_sheet, source_row from {{ ref('int_' ~ form) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    f.town_code,
    f.period_start,
    f.period_end,
    f.indicator,
    f.form,
    {{ form_title('f.form') }} as form_title,
    r.source_file,
    r.source_sheet,
    cast(min(r.source_row) as integer) as first_row,
    cast(max(r.source_row) as integer) as last_row,
    cast(count(*) as bigint) as row_count
from figure as f
inner join {{ ref('int_ledger_period') }} as p
    on f.form = p.form and f.town_code = p.town_code and f.period_start = p.period_start and f.period_end = p.period_end
inner join record as r
    on f.form = r.form and f.town_code = r.town_code and p.ledger_start = r.period_start and p.ledger_end = r.period_end
group by f.town_code, f.period_start, f.period_end, f.indicator, f.form, r.source_file, r.source_sheet
