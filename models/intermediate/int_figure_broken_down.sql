-- The parts of each figure added up, beside what is stated for the whole.
with summed as (
    select
        town_code,
        period_start,
        period_end,
        indicator,
        max(kind) as kind,
        max(unit) as unit,
        breakdown_by,
        breakdown,
        max(form) as form,
        max(basis) as basis,
        count(case when figure_role = 'part' then 1 end) as part_count,
        sum(case when figure_role = 'part' then value end) as part_sum,
        sum(case when figure_role = 'part' then half_unit end) as part_half_unit,
        min(case when figure_role = 'part' and not is_complete then 0 else 1 end) = 1 as is_complete,
        max(case when figure_role = 'part' then other_dimension_count else 0 end) as part_dimension_count,
        count(distinct case when figure_role <> 'part' then value end) as stated_count,
        max(case when figure_role <> 'part' then value end) as stated_value,
        max(case when figure_role <> 'part' then half_unit end) as stated_half_unit,
        count(case when figure_role = 'of_which' then 1 end) > 0 as is_of_which,
        -- the stated figure's cell before a part's
        max_by(printed, {{ cell_rank() }}) as printed,
        max_by(source_file, {{ cell_rank() }}) as source_file,
        max_by(source_sheet, {{ cell_rank() }}) as source_sheet,
        max_by(cell, {{ cell_rank() }}) as cell
    from {{ ref('int_figure_role') }}
    where figure_role is not null
    group by town_code, period_start, period_end, indicator, breakdown_by, breakdown
)

select
    s.town_code,
    s.period_start,
    s.period_end,
    s.indicator,
    s.kind,
    s.unit,
    s.form,
    s.breakdown_by,
    s.breakdown,
    s.basis,
    s.part_count,
    s.is_of_which,
    -- the parts, where they are all there
    case
        when s.part_count = 0 or not s.is_complete then null
        when s.breakdown_by <> 'total' or s.part_dimension_count = 0 or s.stated_count = 1 then s.part_sum
        when exists (
            select 1 from {{ ref('int_whole_covered') }} as c
            where
                c.town_code = s.town_code and c.period_start = s.period_start and c.period_end = s.period_end
                and c.indicator = s.indicator
        ) then s.part_sum
    end as part_sum,
    -- what is listed of them, whole or not
    s.part_sum as listed_part_sum,
    s.is_complete,
    s.part_half_unit,
    -- what the sheet states for the whole; a single part states itself
    case
        when s.stated_count = 1 then s.stated_value
        when s.stated_count = 0 and s.part_count = 1 and s.part_dimension_count = 0 then s.part_sum
    end as stated_value,
    case when s.stated_count > 0 then s.stated_half_unit else s.part_half_unit end as stated_half_unit,
    s.stated_count > 0 and s.part_count > 0 as has_parts_and_whole,
    s.source_file,
    s.source_sheet,
    -- a sum that nobody reported stands in no cell
    case when s.stated_count > 0 or (s.part_count = 1 and s.part_dimension_count = 0) then s.printed end as printed,
    case when s.stated_count > 0 or (s.part_count = 1 and s.part_dimension_count = 0) then s.cell end as cell
from summed as s
