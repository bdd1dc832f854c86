-- A term is named where the reported period is one: September to January is 秋季, February to July 春季.
with summed as (
    select
        town_code,
        period_start,
        period_end,
        case
            when month(period_start) = 9 and month(period_end) = 1 then '秋季'
            when month(period_start) = 2 and month(period_end) = 7 then '春季'
        end as term,
        coalesce(stage, '合计') as stage,
        coalesce(program, '合计') as program,
        coalesce(school_place, '合计') as school_place,
        'reported' as basis,
        {{ additive_figures({
            'student_count': ('students', 'bigint'),
            'eligible_student_count': ('education_eligible', 'bigint'),
            'aided_student_count': ('education_aided_students', 'bigint'),
            'aided_time_count': ('education_aid_times', 'bigint'),
            'amount_yuan': ('education_aid_amount', 'decimal(18, 2)'),
        }, 'education_summary') }}
    group by town_code, period_start, period_end, stage, program, school_place
)

select
    town_code,
    period_start,
    period_end,
    case
        when term = '秋季' then cast(year(period_start) as varchar) || '—' || cast(year(period_start) + 1 as varchar)
        when term = '春季' then cast(year(period_start) - 1 as varchar) || '—' || cast(year(period_start) as varchar)
    end as school_year,
    term,
    stage,
    program,
    school_place,
    basis,
    student_count,
    eligible_student_count,
    aided_student_count,
    aided_time_count,
    amount_yuan,
    {{ ratio('aided_student_count', 'eligible_student_count') }} as coverage_share,
    {{ ratio('amount_yuan', 'aided_time_count') }} as amount_per_time_yuan
from summed
