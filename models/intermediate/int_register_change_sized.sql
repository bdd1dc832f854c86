-- Each change of the register with what the household was just before it: the last register before that day, and the changes since.
{%- set joins = "change_type in ('新识别', '补录', '迁入') and coalesce(household_count, 1) > 0" %}

with change as (
    select
        *,
        {{ place() }} as place,
        coalesce({{ joins }}, false) as is_joining,
        {{ register_effect() }} as person_difference
    from {{ ref('int_register_change') }}
),

registered as (
    select
        town_code,
        household_no,
        period_end,
        -- one number twice: whose household it is cannot be told
        case when count(*) = 1 then max(member_count) end as member_count,
        case when count(*) = 1 then max(head_key) end as head_key
    from {{ ref('int_household') }}
    group by town_code, household_no, period_end
),

known as (
    select town_code, household_no from registered
    union
    select town_code, household_no from change
    where is_joining
),

counted as (
    select
        c.place,
        max(r.period_end) as counted_on
    from change as c
    inner join registered as r on c.town_code = r.town_code and c.household_no = r.household_no and c.changed_on > r.period_end
    group by c.place
),

since as (
    select
        c.place,
        sum(case when p.changed_on < c.changed_on or p.person_difference > 0 then p.person_difference else 0 end) as difference_before,
        sum(p.person_difference) as difference_by_evening,
        count(case when p.person_difference is null then 1 end) = 0 as is_counted,
        count(case when p.is_joining then 1 end) > 0 as has_joined
    from change as c
    left join counted as n on c.place = n.place
    inner join change as p
        on
            c.town_code = p.town_code and c.household_no = p.household_no and c.place <> p.place
            and c.changed_on >= p.changed_on and p.changed_on > coalesce(n.counted_on, cast('1900-01-01' as date))
            and {{ not_resent('c', 'p') }}
    group by c.place
)

select
    c.*,
    r.head_key,
    case when t.town_code is not null then k.household_no is not null end as is_known_household,
    -- a household that no earlier register holds and that did not join by these ledgers has an unknown size
    case
        when not coalesce(s.is_counted, true) then null
        when r.household_no is not null then r.member_count + coalesce(s.difference_before, 0)
        when s.has_joined then s.difference_before
    end as member_count_before,
    -- with what else happened that day
    case
        when not coalesce(s.is_counted, true) then null
        when r.household_no is not null then r.member_count + coalesce(s.difference_by_evening, 0)
        when s.has_joined then s.difference_by_evening
    end as member_count_by_evening
from change as c
left join counted as n on c.place = n.place
left join registered as r on c.town_code = r.town_code and c.household_no = r.household_no and n.counted_on = r.period_end
left join since as s on c.place = s.place
left join known as k on c.town_code = k.town_code and c.household_no = k.household_no
left join (select distinct town_code from registered) as t on c.town_code = t.town_code
