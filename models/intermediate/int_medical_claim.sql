-- A blank payment is known to be none only where the claim's balance closes without it; else it stays unknown.
{{ config(**by_period()) }}
{%- set payments = ['basic_insurance_yuan', 'serious_illness_yuan', 'supplementary_yuan', 'medical_aid_yuan', 'other_payment_yuan'] %}

with claim as (
    {{ in_force_ledger('medical_claim', [
        'village', 'patient_name', 'patient_key', 'patient_birth_year', 'patient_sex', 'hospital', 'is_in_county'
    ]) | indent(4) }}
),

stated as (
    select
        *,
        {% for p in payments %}coalesce({{ p }}, 0){{ ' + ' if not loop.last }}{% endfor %} as stated_payment_yuan,
        {% for p in payments %}case when {{ p }} is null then 1 else 0 end{{ ' + ' if not loop.last }}{% endfor %} as blank_payment_count
    from claim
),

balanced as (
    select
        *,
        total_cost_yuan = stated_payment_yuan + self_paid_yuan as is_balanced
    from stated
)

select
    town_code,
    period_start,
    period_end,
    village,
    patient_name,
    patient_key,
    patient_birth_year,
    patient_sex,
    visit_type,
    hospital,
    is_in_county,
    discharged_on,
    settled_on,
    total_cost_yuan,
    in_policy_cost_yuan,
    {%- for p in payments %}
    case when is_balanced then coalesce({{ p }}, 0) else {{ p }} end as {{ p }},
    {%- endfor %}
    self_paid_yuan,
    case when is_balanced or blank_payment_count = 0 then stated_payment_yuan end as paid_yuan,
    is_balanced,
    source_file,
    source_sheet,
    source_row,
    source_column
from balanced
