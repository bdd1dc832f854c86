-- Every reported figure under its indicator's code, with its dimensions, its role in sums and its cell.
-- a stock beside an exit year (未脱贫人数 in the row of 2018) is the register's at the end of that year; exits alone are broken down by year
with dated as (
    select
        *,
        measured = 'stock' and exit_year is not null as is_stock_of_year,
        measured = 'stock' and cast(exit_year as integer) < year(period_end) as is_of_earlier_year,
        count(item) over (partition by town_code, period_start, period_end, indicator) as item_count
    from {{ ref('int_figure_named') }}
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
            when form = 'exit_summary' and measured = 'flow' and exit_year is null and row_kind = 'detail' then 'total'
            when item is not null and parts = 'exhaustive' then 'detail'
            when item is not null then 'of_which'
            when item_count > 0 and parts = 'exhaustive' then 'total'
            else row_kind
        end as row_kind,
        {%- for name in dimensions() %}
        {% if name == 'exit_year' %}case when not is_stock_of_year then exit_year end as exit_year{% else %}{{ name }}{% endif %},
        {%- endfor %}
        basis,
        overlapping_by,
        value,
        half_unit,
        printed,
        printed_unit,
        column_name,
        indicator_name,
        case when measured = 'flow' and exit_year is not null then coalesce(table_year_count, table_detail_count) else table_detail_count end
            as table_detail_count,
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
    overlapping_by,
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
