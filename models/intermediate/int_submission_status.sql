-- What was sent, version by version, against what is owed; what is owed and absent has a line without version.
with sent as (
    select
        form,
        town_code,
        period_start,
        period_end,
        version,
        max(received_on) as received_on,
        count(distinct source_file) as file_count,
        count(distinct nullif(village, '')) as village_count,
        sum(row_count) as row_count,
        max(case when is_in_force then 1 else 0 end) = 1 as is_in_force,
        min(source_file) as source_file
    from {{ ref('stg_submission') }}
    group by form, town_code, period_start, period_end, version
),

owed as (
    select t.town_code, d.form, d.period_start, d.period_end, d.due_on
    from {{ ref('stg_submission_due') }} as d
    cross join {{ ref('stg_township') }} as t
),

joined as (
    select
        coalesce(s.town_code, o.town_code) as town_code,
        coalesce(s.form, o.form) as form,
        coalesce(s.period_start, o.period_start) as period_start,
        coalesce(s.period_end, o.period_end) as period_end,
        s.version,
        o.due_on,
        s.received_on,
        s.file_count,
        s.village_count,
        s.row_count,
        s.is_in_force,
        s.source_file
    from sent as s
    full outer join owed as o
        on s.town_code = o.town_code and s.form = o.form and s.period_start = o.period_start and s.period_end = o.period_end
)

select
    *,
    case
        when version is null then 'missing'
        when due_on is null then 'not owed'
        when received_on is null then 'undated'
        when received_on <= due_on then 'on time'
        else 'late'
    end as status
from joined
