{{ ledger_counted('medical_claim', [
    ('visit_type', 'visit_type'),
    ('village', 'village'),
], {
    'medical_visits': 'count(*)',
    'medical_visits_in_county': count_where('is_in_county'),
    'medical_total_cost': whole_sum('total_cost_yuan'),
    'medical_in_policy_cost': whole_sum('in_policy_cost_yuan'),
    'medical_basic_insurance': whole_sum('basic_insurance_yuan'),
    'medical_serious_illness': whole_sum('serious_illness_yuan'),
    'medical_supplementary': whole_sum('supplementary_yuan'),
    'medical_aid': whole_sum('medical_aid_yuan'),
    'medical_other_payment': whole_sum('other_payment_yuan'),
    'medical_paid': whole_sum('paid_yuan'),
    'medical_self_paid': whole_sum('self_paid_yuan'),
}) }}
