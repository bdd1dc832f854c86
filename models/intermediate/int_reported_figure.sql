-- Every reported figure under its indicator's code, with its dimensions, its role in sums and its cell.
{%- set register_figures = "('registered_households', 'registered_persons', 'remaining_households', 'remaining_persons', 'population', 'poverty_incidence')" %}

with named as (
    select
        r.*,
        c.column_name,
        c.cell,
        c.printed,
        c.printed_unit,
        c.value,
        c.half_unit,
        i.parts,
        coalesce(i.indicator, r.indicator_name) as indicator,
        coalesce(i.kind, case when c.printed_unit in ('%', '‰') then 'proportion' when c.printed_unit like '%元' then 'amount' else 'count' end) as kind,
        coalesce(i.unit, case when c.printed_unit in ('%', '‰') then 'share' when c.printed_unit like '%元' then '元' else c.printed_unit end) as unit
    from {{ ref('stg_figure_cell') }} as c
    inner join {{ ref('int_summary_row') }} as r
        on
            c.form = r.form
            and c.source_file = r.source_file
            and c.source_sheet = r.source_sheet
            and c.source_row = r.source_row
            and c.source_column = r.source_column
    left join {{ ref('stg_indicator') }} as i
        on
            r.form = i.form
            and c.column_name = i.form_column
            and (
                (r.form <> 'indicator_summary' and coalesce(i.form_basis, r.basis, '') = coalesce(r.basis, ''))
                or r.indicator_name = i.indicator_name
                or '、' || i.aliases || '、' like '%、' || r.indicator_name || '、%'
            )
),

-- the register has no exit years: such a figure beside an exit year is the register's at the end of that year
dated as (
    select
        *,
        indicator in {{ register_figures }} as is_of_register,
        indicator in {{ register_figures }} and cast(exit_year as integer) < year(period_end) as is_of_earlier_year,
        count(item) over (partition by town_code, period_start, period_end, indicator) as item_count
    from named
),

placed as (
    select
        town_code,
        case when is_of_earlier_year then make_date(cast(exit_year as integer), 1, 1) else period_start end as period_start,
        case when is_of_earlier_year then make_date(cast(exit_year as integer), 12, 31) else period_end end as period_end,
        form,
        indicator,
        kind,
        unit,
        case
            when indicator in ('exited_households', 'exited_persons') and exit_year is null and row_kind = 'detail' then 'total'
            when item is not null and parts = 'exhaustive' then 'detail'
            when item is not null then 'of_which'
            when item_count > 0 and parts = 'exhaustive' then 'total'
            else row_kind
        end as row_kind,
        {%- for name in dimensions() %}
        {% if name == 'exit_year' %}case when not is_of_register then exit_year end as exit_year{% else %}{{ name }}{% endif %},
        {%- endfor %}
        basis,
        value,
        half_unit,
        printed,
        printed_unit,
        column_name,
        indicator_name,
        table_detail_count,
        source_file,
        source_sheet,
        source_row,
        source_column,
        cell
    from dated
),

counted as (
    select
        *,
        -- one budget year more or less does not make a detail's rate another rate
        case when row_kind = 'total' and fund_year is not null then 1 else 0 end
        {%- for name in dimensions() if name != 'fund_year' %} + case when {{ name }} is null then 0 else 1 end {%- endfor %} as dimension_count,
        count(case when row_kind = 'detail' then 1 end) over (
            partition by source_file, source_sheet, source_column, column_name, indicator_name, item is null
        ) as table_figure_count,
        count(*) over (
            partition by town_code, period_start, period_end, indicator, row_kind, {{ dimensions() | join(', ') }}
        ) as copy_count,
        count(case when row_kind = 'detail' then 1 end) over (partition by town_code, period_start, period_end, indicator) as detail_count
    from placed
)

select
    town_code,
    period_start,
    period_end,
    form,
    indicator,
    kind,
    unit,
    row_kind,
    {{ dimensions() | join(',\n    ') }},
    basis,
    dimension_count,
    value,
    half_unit,
    -- sums must not rest on a blank part, nor count a figure that was sent twice
    row_kind <> 'detail' or (table_figure_count >= table_detail_count and copy_count = 1) as is_complete,
    -- what may be added up: the details, and a grand total only where no detail states the figure
    row_kind = 'detail' or (row_kind = 'total' and dimension_count = 0 and detail_count = 0) as is_additive,
    printed,
    printed_unit,
    source_file,
    source_sheet,
    source_row,
    cell
from counted
