-- The county's own figure: a ratio of sums over the townships whose figure is sound, and how many of them there are.
select
    county_code,
    period_start,
    period_end,
    indicator,
    indicator_name,
    subject,
    kind,
    unit,
    cast(count(value) as bigint) as town_count,
    cast(count(*) - count(value) as bigint) as missing_town_count,
    cast(sum(case when value is not null and kind in ('proportion', 'money_ratio', 'count_ratio', 'rate') then numerator end) as decimal(28, 8)) as numerator,
    cast(sum(case when value is not null and kind in ('proportion', 'money_ratio', 'count_ratio', 'rate') then denominator end) as decimal(28, 8)) as denominator,
    cast(case
        when kind in ('count', 'amount') then sum(cast(value as decimal(28, 8)))
        else {{ ratio('sum(case when value is not null then numerator end)', 'sum(case when value is not null then denominator end)') }}
    end as double) as value
from {{ ref('mart_town_indicator') }}
where breakdown_by = 'total'
group by county_code, period_start, period_end, indicator, indicator_name, subject, kind, unit
