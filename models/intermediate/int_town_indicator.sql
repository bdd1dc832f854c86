-- Every indicator of every township with its interval: Wilson for a proportion, Byar's and exact limits for a count over a plan, resampled
-- patients or projects for a ratio of money where the ledgers give it.
with indicator as (
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
        cast(null as double) as reported_value,
        cast(null as string) as reported_printed,
        cast(null as double) as difference,
        case when q.value is null then 'not computable' else 'not reported' end as verdict,
        'none' as checked_against,
        cast(null as string) as source_file,
        cast(null as string) as source_sheet,
        cast(null as string) as source_cell
    from {{ ref('int_town_quality') }} as q
    inner join {{ ref('stg_township') }} as t on q.town_code = t.town_code
    inner join {{ ref('stg_indicator') }} as i on q.indicator = i.indicator
),

measured as (
    select
        f.*,
        case when f.value is not null then {{ parameter('confidence_z', 'f.period_end') }} end as z,
        e.lower_limit,
        e.upper_limit,
        r.unit_count,
        r.margin_95,
        coalesce(i.plausible_min, 0) as floor_value,
        i.plausible_max as ceiling_value
    from indicator as f
    left join {{ ref('stg_indicator') }} as i on f.indicator = i.indicator
    -- a condition on the left side alone would make DuckDB hold every row against every other: it stands inside the equation
    left join {{ ref('stg_exact_poisson_limit') }} as e
        on case when f.kind = 'count_ratio' then f.numerator end = e.event_count and e.confidence = 0.95
    -- only where the ratio is the one that was resampled
    left join {{ ref('int_ratio_resampled') }} as r
        on
            f.town_code = r.town_code
            and f.period_start = r.period_start
            and f.period_end = r.period_end
            and case when f.breakdown_by = 'total' then f.indicator end = r.indicator
            and f.numerator = r.numerator_yuan
            and f.denominator = r.denominator_yuan
)

select
    *,
    {%- for bound, edge, sign in [('lower', 'greatest(cast(floor_value as double), ', '-'), ('upper', 'least(cast(coalesce(ceiling_value, value + margin_95) as double), ', '+')] %}
    case
        when kind = 'proportion' then {{ wilson(bound, 'numerator', 'denominator', 'z') }}
        when kind = 'count_ratio' then {{ ratio(poisson_limit(bound, 'numerator', 'z', bound ~ '_limit'), 'denominator') }}
        when kind = 'money_ratio' and value is not null and margin_95 is not null then {{ edge }}value {{ sign }} margin_95)
    end as {{ bound }}_95,
    {%- endfor %}
    case
        when value is null then null
        when kind = 'proportion' and {{ wilson('lower', 'numerator', 'denominator', 'z') }} is not null then 'Wilson'
        when kind = 'count_ratio' and denominator > 0 then case when numerator >= 10 then 'Byar' else 'exact Poisson' end
        when kind = 'money_ratio' and margin_95 is not null then 'bootstrap'
    end as interval_method
from measured
