-- The cells of ledgers that summary figures are added up from: a slip behind a difference may stand here. balance_sign is the cell's sign in
-- the balance of its own claim (total cost = payments + self-paid), null where the row has none or it holds.
{%- set claim = {
    'total_cost_yuan': ('total_cost', 'medical_total_cost', 1), 'basic_insurance_yuan': ('basic_insurance', 'medical_basic_insurance', -1),
    'serious_illness_yuan': ('serious_illness', 'medical_serious_illness', -1), 'supplementary_yuan': ('supplementary', 'medical_supplementary', -1),
    'medical_aid_yuan': ('medical_aid', 'medical_aid', -1), 'other_payment_yuan': ('other_payment', 'medical_other_payment', -1),
    'self_paid_yuan': ('self_paid', 'medical_self_paid', -1), 'in_policy_cost_yuan': ('in_policy_cost', 'medical_in_policy_cost', none)
} %}
{%- set project = {
    'issued_yuan': ('issued', 'fund_issued'), 'allocated_yuan': ('allocated', 'fund_allocated'), 'disbursed_yuan': ('disbursed', 'fund_disbursed'),
    'paid_yuan': ('paid', 'fund_paid'), 'reimbursed_yuan': ('reimbursed', 'fund_reimbursed')
} %}
{%- set origin = 'town_code, period_start, period_end, source_file, source_sheet, source_row, source_column' %}
{% for column, (name, indicator, sign) in claim.items() -%}
select
    'medical_claim' as form, {{ origin }}, 'visit_type' as breakdown_by, visit_type as breakdown,
    '{{ name }}' as column_name, '{{ indicator }}' as indicator, {{ column }} as value,
    {% if sign is none %}null{% else %}case when not is_balanced then {{ sign }} end{% endif %} as balance_sign
from {{ ref('int_medical_claim') }}
union all
{% endfor -%}
select 'education_grant', {{ origin }}, 'stage', stage, 'amount', 'education_aid_amount', amount_yuan, null
from {{ ref('int_education_grant') }}
{%- for column, (name, indicator) in project.items() %}
union all
select 'fund_project', {{ origin }}, 'fund_level', fund_level, '{{ name }}', '{{ indicator }}', {{ column }}, null
from {{ ref('int_fund_project') }}
{%- endfor %}
union all
select
    'household', {{ origin }}, 'exit_year', case when status = '已脱贫' then cast(exit_year as string) end, 'members',
    case when status = '已脱贫' then 'exited_persons' else 'remaining_persons' end, member_count, null
from {{ ref('int_household') }}
where status is not null
union all
select 'household', {{ origin }}, 'exit_year', null, 'members', 'registered_persons', member_count, null
from {{ ref('int_household') }}
