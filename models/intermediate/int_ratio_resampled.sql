-- The interval of a money ratio by drawing its patients or projects anew: value -+ margin, where margin is the 95th percentile of the
-- replicates' |t| times the standard error (bootstrap-t, symmetric; Hall 1988). Sums are of decimals: the same on every run and engine.
{%- set place = 'town_code, period_start, period_end, indicator' %}
{%- set variance = '({yy} - 2 * {r} * {xy} + {r} * {r} * {xx})' %}

with whole as (
    -- an unknown amount leaves the ratio unknown; a trillion is beyond any township and beyond exact squares
    select
        {{ place }},
        count(*) as unit_count,
        sum(numerator_yuan) as numerator_yuan,
        sum(denominator_yuan) as denominator_yuan
    from {{ ref('int_ratio_unit') }}
    group by {{ place }}
    having
        count(*) = count(numerator_yuan) and count(*) = count(denominator_yuan)
        and max(abs(numerator_yuan)) < 1000000000000 and max(abs(denominator_yuan)) < 1000000000000
        and sum(denominator_yuan) > 0
),

unit as (
    select
        u.town_code,
        u.period_start,
        u.period_end,
        u.indicator,
        u.unit_key,
        cast(u.numerator_yuan as decimal(18, 2)) as y,
        cast(u.denominator_yuan as decimal(18, 2)) as x
    from {{ ref('int_ratio_unit') }} as u
    inner join whole as w
        on u.town_code = w.town_code and u.period_start = w.period_start and u.period_end = w.period_end and u.indicator = w.indicator
    where w.unit_count >= {{ parameter('resampling_min_units', 'w.period_end') }}
),

drawn as (
    select
        u.*,
        b.block,
        md5(u.town_code || '/' || u.unit_key || '/' || cast(b.block as varchar)) as digest
    from unit as u
    cross join (
        {%- for block in resampling_blocks() %}
        select {{ block }} as block {{ 'union all' if not loop.last }}
        {%- endfor %}
    ) as b
),

-- replicate 0 is the sample itself
weighted as (
    select {{ place }}, 0 as replicate, 1 as weight, y, x from unit
    union all
    select {{ place }}, d.block * 8 + n.part + 1 as replicate, {{ poisson_weight('substr(d.digest, 4 * n.part + 1, 4)') }} as weight, y, x
    from drawn as d
    cross join (
        {%- for part in range(8) %}
        select {{ part }} as part {{ 'union all' if not loop.last }}
        {%- endfor %}
    ) as n
),

replicate as (
    select
        {{ place }},
        replicate,
        {%- for name, product in {'y': 'y', 'x': 'x', 'yy': 'y * y', 'xy': 'x * y', 'xx': 'x * x'}.items() %}
        cast(sum(weight * {{ product }}) as double) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from weighted
    group by {{ place }}, replicate
),

estimate as (
    select *, y / nullif(x, 0) as r from replicate
),

studied as (
    select *, sqrt(greatest(0e0, {{ variance.format(yy='yy', xy='xy', xx='xx', r='r') }})) / nullif(x, 0) as standard_error
    from estimate
)

select
    s.town_code,
    s.period_start,
    s.period_end,
    s.indicator,
    w.unit_count,
    w.numerator_yuan,
    w.denominator_yuan,
    -- units that are all alike say nothing of what chance may do
    nullif(s.standard_error, 0) * percentile_cont(0.95) within group (order by abs(d.r - s.r) / nullif(d.standard_error, 0)) as margin_95
from studied as s
inner join studied as d
    on s.town_code = d.town_code and s.period_start = d.period_start and s.period_end = d.period_end and s.indicator = d.indicator
inner join whole as w
    on s.town_code = w.town_code and s.period_start = w.period_start and s.period_end = w.period_end and s.indicator = w.indicator
where s.replicate = 0 and d.replicate > 0
group by s.town_code, s.period_start, s.period_end, s.indicator, s.standard_error, w.unit_count, w.numerator_yuan, w.denominator_yuan
