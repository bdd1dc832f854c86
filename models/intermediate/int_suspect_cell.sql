-- Cells of ledger rows that cannot be right by themselves (a claim that does not balance, a grant outside its standard, a project whose
-- money does not descend): where a summary differs from its ledger, the slip may stand here.
{%- set claim = {
    'total_cost_yuan': ('total_cost', 'medical_total_cost', 1), 'basic_insurance_yuan': ('basic_insurance', 'medical_basic_insurance', -1),
    'serious_illness_yuan': ('serious_illness', 'medical_serious_illness', -1), 'supplementary_yuan': ('supplementary', 'medical_supplementary', -1),
    'medical_aid_yuan': ('medical_aid', 'medical_aid', -1), 'other_payment_yuan': ('other_payment', 'medical_other_payment', -1),
    'self_paid_yuan': ('self_paid', 'medical_self_paid', -1)
} %}
{%- set project = {
    'issued_yuan': ('issued', 'fund_issued'), 'allocated_yuan': ('allocated', 'fund_allocated'), 'disbursed_yuan': ('disbursed', 'fund_disbursed'),
    'paid_yuan': ('paid', 'fund_paid'), 'reimbursed_yuan': ('reimbursed', 'fund_reimbursed')
} %}
{%- set origin = 'town_code, period_start, period_end, source_file, source_sheet, source_row, source_column' %}
with suspect as (
{%- for column, (name, indicator, sign) in claim.items() %}
    select
        'medical_claim' as form, {{ origin }}, 'visit_type' as breakdown_by, visit_type as breakdown,
        '{{ name }}' as column_name, '{{ indicator }}' as indicator, {{ column }} as value, {{ sign }} as balance_sign
    from {{ ref('int_medical_claim') }}
    where not is_balanced
    union all
{%- endfor %}
    select
        'education_grant', {{ origin }}, 'stage', stage, 'amount', 'education_aid_amount', amount_yuan, 0
    from {{ ref('int_education_grant') }}
    where has_standard and not is_standard_kept
{%- for column, (name, indicator) in project.items() %}
    union all
    select
        'fund_project', {{ origin }}, 'fund_level', fund_level, '{{ name }}', '{{ indicator }}', {{ column }}, 0
    from {{ ref('int_fund_project') }}
    where issued_yuan < allocated_yuan or allocated_yuan < disbursed_yuan or disbursed_yuan < paid_yuan or paid_yuan < reimbursed_yuan
{%- endfor %}
)

select *
from suspect
