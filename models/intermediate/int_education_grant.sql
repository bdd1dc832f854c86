-- Payments in force, each with the standard of its stage and program on the day its term begins (autumn in September, spring in February).
{{ config(**by_period()) }}
with payment as (
    {{ in_force_ledger('education_grant', ['village', 'student_name', 'student_key', 'student_birth_year', 'student_sex', 'school']) | indent(4) }}
),

dated as (
    select
        *,
        cast({{ leading_year('school_year') }} as integer) as school_year_start
    from payment
),

begun as (
    select
        *,
        case
            when term = '秋季' then make_date(school_year_start, 9, 1)
            when term = '春季' then make_date(school_year_start + 1, 2, 1)
        end as term_start,
        school_year_start - student_birth_year as student_age
    from dated
)

select
    g.*,
    -- summaries may report stages together, such as 小学 and 初中
    case when g.stage is not null then coalesce(b.reported_within, '') end as stage_reported_within,
    a.stage is not null as has_standard,
    a.min_per_term_yuan,
    a.max_per_term_yuan,
    case
        when g.amount_yuan is null or g.term_start is null then null
        when a.stage is null then false
        else g.amount_yuan >= coalesce(a.min_per_term_yuan, g.amount_yuan) and g.amount_yuan <= coalesce(a.max_per_term_yuan, g.amount_yuan)
    end as is_standard_kept
from begun as g
left join {{ ref('breakdown') }} as b on b.breakdown_by = 'stage' and g.stage = b.breakdown
left join {{ ref('stg_aid_standard') }} as a
    on
        g.stage = a.stage
        and g.program = a.program
        and g.term_start >= a.valid_from
        and coalesce(a.valid_to, g.term_start) >= g.term_start
