-- What does not add up in settled claims. Payments are judged as stated: where they do not close, a blank one is as good a lead as a wrong
-- one. A claim with no payment stated at all is unknown.
{%- set payments = ['basic_insurance_yuan', 'serious_illness_yuan', 'supplementary_yuan', 'medical_aid_yuan', 'other_payment_yuan'] %}
{%- set rules = {
    'M01': (
        'total_cost', 'total_cost_yuan <> stated_yuan + self_paid_yuan and has_payment',
        '总费用 {total_cost_yuan}；各项补偿合计 {stated_yuan}；个人自付 {self_paid_yuan}',
    ),
    'M02': ('in_policy_cost', 'in_policy_cost_yuan > total_cost_yuan', '政策范围内费用 {in_policy_cost_yuan}；总费用 {total_cost_yuan}'),
    'M03': ('total_cost', 'stated_yuan > total_cost_yuan', '各项补偿合计 {stated_yuan}；总费用 {total_cost_yuan}'),
    'M04': ('settled_on', 'discharged_on > settled_on', '出院日期 {discharged_on}；结算日期 {settled_on}'),
    'M05': (
        'settled_on', 'settled_on < period_start or settled_on > period_end', '结算日期 {settled_on}；统计期 {period_start} 至 {period_end}',
    ),
    'M06': (
        'discharged_on', 'same_claim_place is not null', '患者、出院日期 {discharged_on}、总费用 {total_cost_yuan} 与另一笔相同', 'same_claim',
    ),
    'M07': ('discharged_on', 'claim_elsewhere_place is not null', '患者、出院日期 {discharged_on} 与另一乡镇的一笔相同', 'claim_elsewhere'),
    'M08': ('discharged_on', 'left_on < discharged_on', '出院日期 {discharged_on}；该户全部人口自然减少于 {left_on}'),
    'M10': (
        'total_cost', "visit_type = '住院' and total_cost_yuan < inpatient_cost_floor_yuan", '就诊类型 {visit_type}；总费用 {total_cost_yuan}',
    ),
    'M11': ('total_cost', 'total_cost_yuan > claim_cost_ceiling_yuan', '总费用 {total_cost_yuan}'),
    'M14': ('patient_id', 'patient_age < 0 or patient_age > patient_age_limit', '结算时患者年龄 {patient_age}'),
    'M15': (
        'in_policy_cost', 'in_scope_yuan > in_policy_cost_yuan',
        '基本医保、大病保险、补充保险、医疗救助合计 {in_scope_yuan}；政策范围内费用 {in_policy_cost_yuan}',
    ),
} %}

with household_left as (
    select
        head_key,
        min(changed_on) as left_on
    from {{ ref('int_register_change_sized') }}
    where change_type = '自然减少' and person_count >= member_count_before and head_key is not null
    group by head_key
),

record as (
    select
        c.*,
        {{ place() }} as place,
        d.left_on,
        year(c.settled_on) - c.patient_birth_year as patient_age,
        coalesce({{ payments | join(', ') }}) is not null as has_payment,
        {% for p in payments %}coalesce({{ p }}, 0){{ ' + ' if not loop.last }}{% endfor %} as stated_yuan,
        {% for p in payments[:4] %}coalesce({{ p }}, 0){{ ' + ' if not loop.last }}{% endfor %} as in_scope_yuan
    from {{ ref('int_medical_claim') }} as c
    left join household_left as d on c.patient_key = d.head_key
)
{{- flag_rows("'medical_claim'", rules, pairs={
    'same_claim': 'a.town_code = b.town_code and a.patient_key = b.patient_key and a.discharged_on = b.discharged_on '
        ~ 'and a.total_cost_yuan = b.total_cost_yuan and ' ~ not_resent('a', 'b'),
    'claim_elsewhere': 'a.town_code <> b.town_code and a.patient_key = b.patient_key and a.discharged_on = b.discharged_on',
}) }}
