-- Parts against their whole, totals over blank parts, and 其中 items against theirs: both sides and the tolerance.
with parts as (
    select
        'parts_make_total' as identity,
        town_code,
        period_start,
        period_end,
        indicator,
        breakdown_by,
        breakdown,
        '=' as operator,
        stated_value as left_value,
        part_sum as right_value,
        coalesce(stated_half_unit, 0) + coalesce(part_half_unit, 0) as tolerance
    from {{ ref('int_figure_broken_down') }}
    where has_parts_and_whole and kind in ('count', 'amount') and part_sum is not null and stated_value is not null
),

-- a total over parts of which some are blank: either they are nought, or the total says what they are
blanks as (
    select
        'blank_part' as identity,
        f.town_code,
        f.period_start,
        f.period_end,
        f.indicator,
        f.breakdown_by,
        f.breakdown,
        '=' as operator,
        f.stated_value as left_value,
        f.listed_part_sum as right_value,
        coalesce(f.stated_half_unit, 0) + coalesce(f.part_half_unit, 0) as tolerance
    from {{ ref('int_figure_broken_down') }} as f
    inner join (select distinct town_code, period_start, period_end, indicator from {{ ref('int_blank_cell') }}) as b
        on f.town_code = b.town_code and f.period_start = b.period_start and f.period_end = b.period_end and f.indicator = b.indicator
    where f.has_parts_and_whole and not f.is_complete and f.breakdown_by = 'total' and f.stated_value is not null
),

items as (
    select
        'part_within_whole' as identity,
        p.town_code,
        p.period_start,
        p.period_end,
        p.indicator,
        p.breakdown_by,
        p.breakdown,
        '>=' as operator,
        coalesce(w.part_sum, w.stated_value) as left_value,
        p.stated_value as right_value,
        coalesce(w.stated_half_unit, 0) + coalesce(p.stated_half_unit, 0) as tolerance
    from {{ ref('int_figure_broken_down') }} as p
    inner join {{ ref('int_figure_broken_down') }} as w
        on
            p.town_code = w.town_code and p.period_start = w.period_start and p.period_end = w.period_end
            and p.indicator = w.indicator and w.breakdown_by = 'total'
    where p.is_of_which and p.kind in ('count', 'amount') and p.stated_value is not null and coalesce(w.part_sum, w.stated_value) is not null
)

select * from parts
union all
select * from items
union all
select * from blanks
