-- A student paid twice is one person (人) and two person-terms (人次): persons are counted anew in every breakdown and never added up.
-- 义务教育 and 中职及以上 are stages that summaries may report together.
{{ config(**by_period()) }}
{{ ledger_counted('education_grant', [
    ('stage', 'stage'),
    ('stage', "case when stage in ('小学', '初中') then '义务教育' when stage in ('中职', '高职', '大专以上') then '中职及以上' when stage is not null then '' end"),
    ('program', 'program'),
    ('school_place', 'school_place'),
    ('village', 'village'),
], {
    'education_aid_times': 'count(*)',
    'education_aided_students': 'case when count(*) = count(student_key) then count(distinct student_key) end',
    'education_aid_amount': whole_sum('amount_yuan'),
    'standard_kept_times': count_where('is_standard_kept'),
}) }}
