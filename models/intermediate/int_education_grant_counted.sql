-- A student paid twice is one person (人) and two person-terms (人次): persons are counted anew in every breakdown and never added up.
{{ config(**by_period()) }}
{{ ledger_counted('education_grant', [
    ('stage', 'stage'),
    ('stage', 'stage_reported_within'),
    ('program', 'program'),
    ('school_place', 'school_place'),
    ('village', 'village'),
], {
    'education_aid_times': 'count(*)',
    'education_aided_students': 'case when count(*) = count(student_key) then count(distinct student_key) end',
    'education_aid_amount': whole_sum('amount_yuan'),
    'standard_kept_times': count_where('is_standard_kept'),
}) }}
