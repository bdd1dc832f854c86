-- Ratios of the registry: a ratio of sums wherever one side is known or the ratio itself is stated.
with base as (
    select * from {{ ref('int_town_base') }}
),

broken_down_by as (
    select distinct town_code, period_start, period_end, indicator, breakdown_by from base
),

ratio_place as (
    select b.town_code, b.period_start, b.period_end, r.indicator, r.numerator, r.denominator, b.breakdown_by, b.breakdown
    from {{ ref('stg_indicator') }} as r
    inner join base as b on r.denominator = b.indicator and coalesce(r.breakdown, b.breakdown) = b.breakdown
    union
    select b.town_code, b.period_start, b.period_end, r.indicator, r.numerator, r.denominator, b.breakdown_by, b.breakdown
    from {{ ref('stg_indicator') }} as r
    inner join base as b on r.numerator = b.indicator and coalesce(r.breakdown, b.breakdown) = b.breakdown
    {%- for alias, breakdown_by in {'own': 'b.breakdown_by', 'whole': "'total'"}.items() %}
    left join broken_down_by as {{ alias }}
        on
            r.denominator = {{ alias }}.indicator
            and b.town_code = {{ alias }}.town_code
            and b.period_start = {{ alias }}.period_start
            and b.period_end = {{ alias }}.period_end
            and {{ alias }}.breakdown_by = {{ breakdown_by }}
    {%- endfor %}
    -- a numerator broken down by what its denominator never is (脱贫人数 by year, the register not) makes no ratio there
    where own.indicator is not null or whole.indicator is null
    union
    select s.town_code, s.period_start, s.period_end, r.indicator, r.numerator, r.denominator, s.breakdown_by, s.breakdown
    from {{ ref('stg_indicator') }} as r
    inner join {{ ref('int_figure_broken_down') }} as s on r.indicator = s.indicator
    where r.numerator is not null
)

select
    p.town_code,
    p.period_start,
    p.period_end,
    p.indicator,
    p.breakdown_by,
    p.breakdown,
    d.basis,
    n.numerator,
    d.numerator as denominator,
    {{ ratio('n.numerator', 'd.numerator') }} as plain_value,
    s.stated_value as reported_value,
    s.stated_half_unit as reported_half_unit,
    case
        when n.is_from_ledger or d.is_from_ledger then 'ledger'
        when s.stated_value is not null then 'parts'
        else 'none'
    end as checked_against,
    coalesce(n.is_contradicted, false) or coalesce(d.is_contradicted, false) as is_contradicted,
    s.printed,
    coalesce(s.source_file, n.source_file, d.source_file) as source_file,
    coalesce(s.source_sheet, n.source_sheet, d.source_sheet) as source_sheet,
    coalesce(s.cell, n.cell, d.cell) as cell
from ratio_place as p
{%- for alias, column in {'n': 'p.numerator', 'd': 'p.denominator'}.items() %}
left join base as {{ alias }}
    on {{ same_place('p', alias) }} and {{ column }} = {{ alias }}.indicator
{%- endfor %}
left join {{ ref('int_figure_broken_down') }} as s
    on {{ same_place('p', 's') }} and p.indicator = s.indicator
