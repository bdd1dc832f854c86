-- Every figure of every township: recomputed beside reported, with a verdict.
{%- set columns = [
    'town_code', 'period_start', 'period_end', 'indicator', 'breakdown_by', 'breakdown', 'basis', 'numerator', 'denominator', 'plain_value',
    'reported_value', 'reported_half_unit', 'checked_against', 'is_contradicted', 'printed', 'source_file', 'source_sheet', 'cell'
] | join(', ') %}

with figure as (
    select {{ columns }}, kind as own_kind, unit as own_unit from {{ ref('int_town_base') }}
    union all
    select {{ columns }}, null as own_kind, null as own_unit from {{ ref('int_town_ratio') }}
    union all
    -- a rate that the registry does not know, under its own name
    select
        s.town_code,
        s.period_start,
        s.period_end,
        s.indicator,
        s.breakdown_by,
        s.breakdown,
        s.basis,
        null as numerator,
        null as denominator,
        cast(s.stated_value as double) as plain_value,
        s.stated_value as reported_value,
        s.stated_half_unit as reported_half_unit,
        'none' as checked_against,
        false as is_contradicted,
        s.printed,
        s.source_file,
        s.source_sheet,
        s.cell,
        s.kind as own_kind,
        s.unit as own_unit
    from {{ ref('int_figure_broken_down') }} as s
    left join {{ ref('stg_indicator') }} as r on s.indicator = r.indicator
    where r.indicator is null and s.kind = 'proportion'
),

labelled as (
    select
        f.*,
        t.town_name,
        t.county_code,
        coalesce(r.indicator_name, f.indicator) as indicator_name,
        coalesce(r.subject, 'other') as subject,
        coalesce(r.kind, f.own_kind) as kind,
        coalesce(r.unit, f.own_unit) as unit,
        coalesce(r.better, 'none') as better,
        coalesce(case when r.denominator = 'population' then f.basis end, r.denominator_wording) as denominator_wording,
        case when not f.is_contradicted then f.plain_value end as value,
        coalesce(f.plain_value < r.plausible_min or f.plain_value > r.plausible_max, false) as is_implausible
    from figure as f
    inner join {{ ref('stg_township') }} as t on f.town_code = t.town_code
    left join {{ ref('stg_indicator') }} as r on f.indicator = r.indicator
)

select
    town_code,
    town_name,
    county_code,
    period_start,
    period_end,
    indicator,
    indicator_name,
    subject,
    kind,
    unit,
    better,
    breakdown_by,
    breakdown,
    cast(numerator as decimal(28, 8)) as numerator,
    cast(denominator as decimal(28, 8)) as denominator,
    denominator_wording,
    value,
    cast(reported_value as double) as reported_value,
    printed as reported_printed,
    value - cast(reported_value as double) as difference,
    case
        when is_contradicted then 'contradicts'
        when plain_value is null then 'not computable'
        when is_implausible then 'suspicious'
        when reported_value is null then 'not reported'
        -- 1e-9 is the noise of a double, far below any printed digit
        when abs(plain_value - cast(reported_value as double)) <= cast(reported_half_unit as double) + 1e-9 then 'agrees'
        else 'differs'
    end as verdict,
    checked_against,
    source_file,
    source_sheet,
    cell as source_cell
from labelled
