-- Every indicator of every township: the figures it reports and recomputes, and how well it reports them.
with figure as (
    select * from {{ ref('int_town_figure') }}
    union all
    select
        q.town_code,
        t.town_name,
        t.county_code,
        q.period_start,
        q.period_end,
        q.indicator,
        i.indicator_name,
        i.subject,
        i.kind,
        i.unit,
        i.better,
        'total' as breakdown_by,
        '合计' as breakdown,
        cast(q.numerator as decimal(28, 8)) as numerator,
        cast(q.denominator as decimal(28, 8)) as denominator,
        i.denominator_wording,
        q.value,
        {{ wilson('lower', 'q.numerator', 'q.denominator', 'q.z') }} as lower_95,
        {{ wilson('upper', 'q.numerator', 'q.denominator', 'q.z') }} as upper_95,
        case when q.denominator is not null and q.value is not null then 'Wilson' end as interval_method,
        cast(null as double) as reported_value,
        cast(null as varchar) as reported_printed,
        cast(null as double) as difference,
        case when q.value is null then 'not computable' else 'not reported' end as verdict,
        'none' as checked_against,
        cast(null as varchar) as source_file,
        cast(null as varchar) as source_sheet,
        cast(null as varchar) as source_cell
    from {{ ref('int_town_quality') }} as q
    inner join {{ ref('stg_township') }} as t on q.town_code = t.town_code
    inner join {{ ref('stg_indicator') }} as i on q.indicator = i.indicator
)

select
    f.*,
    cast(g.target as double) as target,
    case
        when f.value is null or f.better not in ('high', 'low') then null
        when g.is_strict then case when f.better = 'high' then f.value > g.target else f.value < g.target end
        when f.better = 'high' then f.value >= g.target
        else f.value <= g.target
    end as is_target_met
from figure as f
left join {{ ref('stg_indicator_target') }} as g
    on
        f.indicator = g.indicator
        and f.period_end >= g.valid_from
        and f.period_end <= coalesce(g.valid_to, f.period_end)
