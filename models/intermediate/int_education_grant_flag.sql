-- What does not fit in aid payments: amounts against the standard of the term, age against stage, the same aid twice.
{%- set person_term = 'a.student_key = b.student_key and a.school_year_start = b.school_year_start and a.term = b.term' %}
{%- set aged = '学段 {stage}；学年开始时年龄 {student_age}' %}
{%- set aided = '{school_year}{term} {stage} {program}' %}
{%- set rules = {
    'E01': ('amount', 'amount_yuan > max_per_term_yuan', '资助金额 {amount_yuan}；每学期标准上限 {max_per_term_yuan}'),
    'E02': ('amount', 'amount_yuan < min_per_term_yuan', '资助金额 {amount_yuan}；每学期标准下限 {min_per_term_yuan}'),
    'E03': ('program', 'term_start is not null and not has_standard', aided),
    'E04': ('stage', "stage in ('普通高中', '中职', '高职', '大专以上') and student_age <= upper_stage_age_floor", aged),
    'E05': ('stage', "stage in ('学前', '小学') and student_age >= primary_age_ceiling", aged),
    'E06': ('stage', "stage = '学前' and student_age > preschool_age_limit", aged),
    'E07': ('program', 'same_grant_place is not null', aided ~ ' 与同一学生的另一笔相同', 'same_grant'),
    'E08': ('program', 'grant_elsewhere_place is not null', aided ~ ' 与另一乡镇同一学生的一笔相同', 'grant_elsewhere'),
    'E09': ('paid_on', 'paid_on < term_start', '发放日期 {paid_on}；{school_year}{term}始于 {term_start}'),
    'E11': ('program', 'both_meals_place is not null', aided ~ ' 与同一学生的另一类生活补助并存', 'both_meals'),
    'E12': ('stage', 'other_stage_place is not null', aided ~ ' 与同一学生另一学段的资助并存', 'other_stage'),
    'E13': ('amount', 'amount_yuan = 0', '资助金额 {amount_yuan}'),
} %}

with record as (
    select
        *,
        {{ place() }} as place
    from {{ ref('int_education_grant') }}
)
{{- flag_rows("'education_grant'", rules, pairs={
    'same_grant': 'a.town_code = b.town_code and a.program = b.program and ' ~ person_term ~ ' and ' ~ not_resent('a', 'b'),
    'grant_elsewhere': 'a.town_code <> b.town_code and a.program = b.program and ' ~ person_term,
    'both_meals': "a.program <> b.program and a.program in ('寄宿生生活补助', '非寄宿生生活补助') "
        ~ "and b.program in ('寄宿生生活补助', '非寄宿生生活补助') and " ~ person_term,
    'other_stage': 'a.stage <> b.stage and ' ~ person_term,
}) }}
