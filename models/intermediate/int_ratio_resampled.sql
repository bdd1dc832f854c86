-- The interval of a money ratio by drawing its patients or projects anew: value -+ margin, where margin is the 95th percentile of the
-- replicates' |t| times the standard error (bootstrap-t, symmetric; Hall 1988). Both sides are taken as whole numbers of 1e-16 of the
-- township's total, so that sums are exact in any order: the same on every run and engine.
{{ config(**by_period()) }}
{%- set place = ['town_code', 'period_start', 'period_end', 'indicator'] %}
{%- set moments = {'y': '{y}', 'x': '{x}', 'yy': '{y} * {y}', 'xy': '{x} * {y}', 'xx': '{x} * {x}'} %}

with whole as (
    -- an unknown amount leaves the ratio unknown
    select
        {{ place | join(', ') }},
        count(*) as unit_count,
        sum(numerator_yuan) as numerator_yuan,
        sum(denominator_yuan) as denominator_yuan,
        cast(greatest(sum(abs(numerator_yuan)), sum(abs(denominator_yuan))) as double) as scale_yuan
    from {{ ref('int_ratio_unit') }}
    where true{{ and_since('period_end') }}
    group by {{ place | join(', ') }}
    having count(*) = count(numerator_yuan) and count(*) = count(denominator_yuan) and sum(denominator_yuan) > 0
),

-- more than 256 units are put together at random into as many groups, whose ratio varies as theirs does: the cost stays bounded
unit as (
    select
        u.{{ place | join(', u.') }}, w.scale_yuan,
        case when w.unit_count > 256 then substr(md5(u.town_code || '/' || u.unit_key), 1, 2) else u.unit_key end as unit_key,
        sum(u.numerator_yuan) as numerator_yuan,
        sum(u.denominator_yuan) as denominator_yuan
    from {{ ref('int_ratio_unit') }} as u
    inner join whole as w on {% for name in place %}u.{{ name }} = w.{{ name }}{{ ' and ' if not loop.last }}{% endfor %}
    where w.unit_count >= {{ parameter('resampling_min_units', 'w.period_end') }}
    group by
        u.{{ place | join(', u.') }}, w.scale_yuan,
        case when w.unit_count > 256 then substr(md5(u.town_code || '/' || u.unit_key), 1, 2) else u.unit_key end
),

scaled as (
    select
        {{ place | join(', ') }}, unit_key,
        {%- for name, product in moments.items() %}
        cast(round(1e16 * {{ product.format(y=ratio('numerator_yuan', 'scale_yuan'), x=ratio('denominator_yuan', 'scale_yuan')) }}) as bigint)
            as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from unit
),

drawn as (
    select
        u.*, b.block,
        md5(u.town_code || '/' || u.unit_key || '/' || cast(b.block as string)) as digest
    from scaled as u
    cross join ({% for block in resampling_blocks() %}select {{ block }} as block {{ 'union all ' if not loop.last }}{% endfor %}) as b
),

-- replicate 0 is the sample itself
weighted as (
    select {{ place | join(', ') }}, {{ moments | join(', ') }}, 0 as replicate, 1 as weight from scaled
    union all
    select
        d.{{ place | join(', d.') }}, d.{{ moments | join(', d.') }},
        d.block * 8 + n.part + 1 as replicate,
        {{ poisson_weight('substr(d.digest, 4 * n.part + 1, 4)') }} as weight
    from drawn as d
    cross join ({% for part in range(8) %}select {{ part }} as part {{ 'union all ' if not loop.last }}{% endfor %}) as n
),

replicate as (
    select
        {{ place | join(', ') }}, replicate,
        {%- for name in moments %}
        cast(sum(weight * {{ name }}) as double) / nullif(1e16, 0) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from weighted
    group by {{ place | join(', ') }}, replicate
),

studied as (
    select
        *,
        y / nullif(x, 0) as r,
        sqrt(greatest(0e0, yy - 2 * y / nullif(x, 0) * xy + power(y / nullif(x, 0), 2) * xx)) / nullif(x, 0) as standard_error
    from replicate
),

margin as (
    -- units that are all alike say nothing of what chance may do
    select
        s.{{ place | join(', s.') }},
        case when s.standard_error > 1e-7 then s.standard_error end
        * percentile_cont(0.95) within group (order by abs(d.r - s.r) / nullif(d.standard_error, 0)) as margin_95
    from studied as s
    inner join studied as d on {% for name in place %}s.{{ name }} = d.{{ name }}{{ ' and ' if not loop.last }}{% endfor %}
    where s.replicate = 0 and d.replicate > 0
    group by s.{{ place | join(', s.') }}, s.standard_error
)

select w.*, m.margin_95
from whole as w
left join margin as m on {% for name in place %}w.{{ name }} = m.{{ name }}{{ ' and ' if not loop.last }}{% endfor %}
