-- A term is named where the period is one: September to January is 秋季, February to July 春季.
-- Persons aided are counted anew in every row: a student with two programs is one 人 in each, so persons do not add up over programs.
with both_bases as (
    select
        town_code,
        period_start,
        period_end,
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
    union all
    select
        p.town_code,
        p.period_start,
        p.period_end,
        coalesce(g.stage, '未注明') as stage,
        coalesce(g.program, '未注明') as program,
        coalesce(g.school_place, '未注明') as school_place,
        'recomputed' as basis,
        -- who is at school and who is entitled stands in no ledger of payments
        cast(null as bigint) as student_count,
        cast(null as bigint) as eligible_student_count,
        case when count(*) = count(g.student_key) then count(distinct g.student_key) end as aided_student_count,
        count(*) as aided_time_count,
        cast({{ whole_sum('g.amount_yuan') }} as decimal(18, 2)) as amount_yuan
    from {{ ref('int_ledger_period') }} as p
    inner join {{ ref('int_education_grant') }} as g
        on p.town_code = g.town_code and p.ledger_start = g.period_start and p.ledger_end = g.period_end
    where p.form = 'education_grant'
    group by p.town_code, p.period_start, p.period_end, g.stage, g.program, g.school_place
),

named as (
    select
        *,
        case
            when month(period_start) = 9 and month(period_end) = 1 then '秋季'
            when month(period_start) = 2 and month(period_end) = 7 then '春季'
        end as term
    from both_bases
)

select
    town_code,
    period_start,
    period_end,
    case
        when term = '秋季' then cast(year(period_start) as string) || '—' || cast(year(period_start) + 1 as string)
        when term = '春季' then cast(year(period_start) - 1 as string) || '—' || cast(year(period_start) as string)
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
from named
