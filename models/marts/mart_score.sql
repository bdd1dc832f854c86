-- The total of a township's score sheet, its rank, and how far the rank moves when any one rule's weight is a fifth larger or smaller.
{%- set county = 'county_code, period_start, period_end' %}

with total as (
    select
        {{ county }},
        town_code,
        town_name,
        sum(coalesce(points, 0)) as total_points,
        sum(max_points) as max_points,
        sum(case when outcome = 'missing' then max_points else 0 end) as missing_points,
        count(case when outcome = 'missing' then 1 end) as missing_rule_count,
        count(case when outcome = 'vetoed' then 1 end) as vetoed_rule_count,
        count(case when not is_verified then 1 end) as unverified_rule_count
    from {{ ref('mart_score_sheet') }}
    group by {{ county }}, town_code, town_name
),

ranked as (
    -- to a millionth of a point, so that equal sheets are equal
    select
        *,
        count(*) over (partition by {{ county }}) as town_count,
        cast(rank() over (partition by {{ county }} order by round(total_points, 6) desc) as bigint) as town_rank
    from total
),

moved as (
    select
        r.county_code,
        r.period_start,
        r.period_end,
        r.town_code,
        r.town_rank,
        s.rule_id,
        s.rule_name,
        w.factor,
        cast(rank() over (
            partition by r.county_code, r.period_start, r.period_end, s.rule_id, w.factor
            order by round(r.total_points + (w.factor - 1) * coalesce(s.points, 0), 6) desc
        ) as bigint) as moved_rank
    from ranked as r
    inner join {{ ref('mart_score_sheet') }} as s
        on r.town_code = s.town_code and r.period_start = s.period_start and r.period_end = s.period_end
    cross join (
        select 0.8 as factor
        union all
        select 1.2 as factor
    ) as w
),

farthest as (
    select
        *,
        abs(moved_rank - town_rank) as rank_change,
        min(moved_rank) over (partition by town_code, period_start, period_end) as best_moved_rank,
        max(moved_rank) over (partition by town_code, period_start, period_end) as worst_moved_rank,
        row_number() over (partition by town_code, period_start, period_end order by -abs(moved_rank - town_rank), rule_id, factor) as place
    from moved
)

select
    r.town_code,
    r.town_name,
    r.county_code,
    r.period_start,
    r.period_end,
    r.total_points,
    r.max_points,
    r.missing_points,
    r.missing_rule_count,
    r.vetoed_rule_count,
    r.unverified_rule_count,
    r.town_rank,
    r.town_count,
    f.best_moved_rank,
    f.worst_moved_rank,
    f.rank_change as largest_rank_change,
    case when f.rank_change > 0 then f.rule_id end as moving_rule_id,
    case when f.rank_change > 0 then cast(f.factor as double) end as moving_factor,
    {{ weight_sentence() }} as sentence
from ranked as r
inner join farthest as f on r.town_code = f.town_code and r.period_start = f.period_start and r.period_end = f.period_end and f.place = 1
