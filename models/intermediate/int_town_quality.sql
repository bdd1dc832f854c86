-- How well a township reports, for all forms whose period ends in a month: what is owed and sent, what is checked and holds.
with counted as (
    -- the first version decides whether a form came in time; one of unknown day leaves it unknown
    select
        'submission_complete_share' as indicator,
        town_code,
        period_end,
        count(case when status <> 'missing' then 1 end) as numerator,
        count(*) as denominator
    from {{ ref('int_submission_status') }}
    where due_on is not null and coalesce(version, 1) = 1
    group by town_code, period_end
    union all
    select
        'submission_on_time_share',
        town_code,
        period_end,
        case when count(case when status = 'undated' then 1 end) = 0 then count(case when status = 'on time' then 1 end) end,
        count(*)
    from {{ ref('int_submission_status') }}
    where due_on is not null and coalesce(version, 1) = 1
    group by town_code, period_end
    union all
    select 'identity_pass_share', town_code, period_end, count(case when passes then 1 end), count(*)
    from {{ ref('int_identity_result') }}
    group by town_code, period_end
    union all
    select 'reported_agreement_share', town_code, period_end, count(case when verdict = 'agrees' then 1 end), count(*)
    from {{ ref('int_town_figure') }}
    where reported_value is not null and checked_against <> 'none'
    group by town_code, period_end
),

monthly as (
    select
        indicator,
        town_code,
        cast({{ dbt.date_trunc('month', 'period_end') }} as date) as period_start,
        cast({{ dbt.last_day('period_end', 'month') }} as date) as period_end,
        case when count(*) = count(numerator) then sum(numerator) end as numerator,
        sum(denominator) as denominator
    from counted
    group by indicator, town_code, {{ dbt.date_trunc('month', 'period_end') }}, {{ dbt.last_day('period_end', 'month') }}
)

select
    m.*,
    {{ ratio('m.numerator', 'm.denominator') }} as value
from monthly as m
-- and the counts that the shares are made of
{%- for part in ['numerator', 'denominator'] %}
union all
select
    i.{{ part }} as indicator,
    m.town_code,
    m.period_start,
    m.period_end,
    m.{{ part }}{{ ' as numerator' if part == 'denominator' }},
    null as denominator,
    cast(m.{{ part }} as double) as value
from monthly as m
inner join {{ ref('stg_indicator') }} as i on m.indicator = i.indicator
where m.{{ part }} is not null
{%- if part == 'denominator' %} and m.indicator <> 'submission_on_time_share'{% endif %}
{%- endfor %}
