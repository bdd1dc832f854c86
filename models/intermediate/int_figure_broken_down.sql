-- Each figure under every breakdown it speaks for: its parts added up, and what is stated for the whole.
-- A rate is never added up, an 其中 item speaks for its most specific dimension only.
with figure as (
    select * from {{ ref('int_reported_figure') }}
),

exploded as (
    select
        f.*,
        'total' as breakdown_by,
        '合计' as breakdown,
        f.dimension_count as other_dimension_count
    from figure as f
    where f.row_kind <> 'of_which'
    {%- for name in dimensions() %}
    union all
    select
        f.*,
        '{{ name }}' as breakdown_by,
        f.{{ name }} as breakdown,
        f.dimension_count - {{ "case when f.row_kind = 'total' then 1 else 0 end" if name == 'fund_year' else '1' }} as other_dimension_count
    from figure as f
    where f.{{ name }} is not null
        {%- if not loop.last %}
        and (f.row_kind <> 'of_which' or coalesce({{ dimensions()[loop.index:] | map('replace', '', 'f.', 1) | join(', ') }}) is null)
        {%- endif %}
    {%- endfor %}
),

roles as (
    select
        *,
        case
            when kind in ('proportion', 'money_ratio', 'rate') then case when other_dimension_count = 0 then 'stated' end
            when row_kind = 'detail' then 'part'
            when row_kind = 'of_which' then 'of_which'
            when other_dimension_count = 0 then 'stated'
        end as figure_role
    from exploded
),

-- without a total row the parts make a whole only where every part that a whole needs is there
coverage as (
    select
        r.town_code,
        r.period_start,
        r.period_end,
        r.indicator,
        r.breakdown_by
    from roles as r
    inner join {{ ref('breakdown') }} as b on r.breakdown_by = b.breakdown_by and r.breakdown = b.breakdown and b.is_needed_for_total
    inner join (select breakdown_by, count(*) as needed_count from {{ ref('breakdown') }}
where is_needed_for_total
group by breakdown_by) as n
        on r.breakdown_by = n.breakdown_by
    where r.figure_role = 'part'
    group by r.town_code, r.period_start, r.period_end, r.indicator, r.breakdown_by, n.needed_count
    having count(distinct r.breakdown) = n.needed_count
    union all
    select
        town_code,
        period_start,
        period_end,
        indicator,
        breakdown_by
    from roles
    where figure_role = 'part' and breakdown_by = 'exit_year'
    group by town_code, period_start, period_end, indicator, breakdown_by
    having
        min(breakdown) = cast(cast({{ parameter('first_exit_year', 'max(period_end)') }} as integer) as varchar)
        and count(distinct breakdown) = year(period_end) - cast(min(breakdown) as integer) + 1
),

summed as (
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
    from roles
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
            select 1 from coverage as c
            where
                c.town_code = s.town_code and c.period_start = s.period_start and c.period_end = s.period_end
                and c.indicator = s.indicator
        ) then s.part_sum
    end as part_sum,
    s.part_half_unit,
    -- what the sheet states for the whole; a single part states itself
    case
        when s.stated_count = 1 then s.stated_value
        when s.stated_count = 0 and s.part_count = 1 and s.part_dimension_count = 0 then s.part_sum
    end as stated_value,
    case when s.stated_count > 0 then s.stated_half_unit else s.part_half_unit end as stated_half_unit,
    s.stated_count > 0 and s.part_count > 0 as has_parts_and_whole,
    s.printed,
    s.source_file,
    s.source_sheet,
    s.cell
from summed as s
