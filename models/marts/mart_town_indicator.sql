-- Every indicator of every township: the figures it reports and recomputes, how well it reports them, and whether the target is met.
select
    f.town_code,
    f.town_name,
    f.county_code,
    f.period_start,
    f.period_end,
    f.indicator,
    f.indicator_name,
    f.subject,
    f.kind,
    f.unit,
    f.better,
    f.breakdown_by,
    f.breakdown,
    f.numerator,
    f.denominator,
    f.denominator_wording,
    f.value,
    f.lower_95,
    f.upper_95,
    f.interval_method,
    cast(f.unit_count as bigint) as resampled_unit_count,
    f.reported_value,
    f.reported_printed,
    f.difference,
    f.verdict,
    f.checked_against,
    f.source_file,
    f.source_sheet,
    f.source_cell,
    cast(g.target as double) as target,
    case when f.value is not null and f.better in ('high', 'low') then {{ reaches('f.value', 'g.target', 'f.better', 'g.is_strict') }} end as is_target_met
from {{ ref('int_town_indicator') }} as f
left join {{ ref('stg_indicator_target') }} as g
    on
        f.indicator = g.indicator
        and f.period_end >= g.valid_from
        and f.period_end <= coalesce(g.valid_to, f.period_end)
