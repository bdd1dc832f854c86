-- Every figure that the ledgers are to give, one a row, under the registry's code; null where a blank in one of the rows leaves it unknown.
{%- set counted = {
    'household': [
        'registered_households', 'registered_persons', 'exited_households', 'exited_persons', 'year_exited_persons', 'returned_households',
        'returned_persons', 'once_exited_persons', 'remaining_households', 'remaining_persons', 'guaranteed_households', 'above_line_households'
    ],
    'register_change': ['changed_persons', 'register_net_persons'],
    'medical_claim': [
        'medical_visits', 'medical_visits_in_county', 'medical_total_cost', 'medical_in_policy_cost', 'medical_basic_insurance',
        'medical_serious_illness', 'medical_supplementary', 'medical_aid', 'medical_other_payment', 'medical_paid', 'medical_self_paid'
    ],
    'education_grant': ['education_aid_times', 'education_aided_students', 'education_aid_amount', 'standard_kept_times'],
    'fund_project': [
        'fund_planned', 'fund_issued', 'fund_allocated', 'fund_disbursed', 'fund_paid', 'fund_reimbursed',
        'planned_projects', 'started_projects', 'completed_projects'
    ],
    'rectification': ['found_issues', 'closed_issues', 'open_issues', 'overdue_issues'],
} %}

with counted as (
    {%- for form, indicators in counted.items() %}
    {%- set last_form = loop.last %}
    {%- for indicator in indicators %}
    select
        town_code, period_start, period_end, breakdown_by, breakdown,
        '{{ form }}' as form, '{{ indicator }}' as indicator, cast({{ indicator }} as decimal(28, 8)) as value
    from {{ ref('int_' ~ form ~ '_counted') }}
    {{ 'union all' if not (last_form and loop.last) }}
    {%- endfor %}
    {%- endfor %}
    union all
    select town_code, period_start, period_end, breakdown_by, breakdown, 'medical_claim' as form, indicator, cast(value as decimal(28, 8)) as value
    from {{ ref('int_patient_counted') }}
)

select
    town_code,
    period_start,
    period_end,
    indicator,
    breakdown_by,
    breakdown,
    form,
    value
from counted
where breakdown_by <> 'exit_year' or (indicator in ('exited_households', 'exited_persons'))
