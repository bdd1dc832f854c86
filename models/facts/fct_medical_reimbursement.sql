{%- set figures = {
    'visit_count': ('medical_visits', 'bigint'),
    'total_cost_yuan': ('medical_total_cost', 'decimal(18, 2)'),
    'in_policy_cost_yuan': ('medical_in_policy_cost', 'decimal(18, 2)'),
    'basic_insurance_yuan': ('medical_basic_insurance', 'decimal(18, 2)'),
    'serious_illness_yuan': ('medical_serious_illness', 'decimal(18, 2)'),
    'supplementary_yuan': ('medical_supplementary', 'decimal(18, 2)'),
    'medical_aid_yuan': ('medical_aid', 'decimal(18, 2)'),
    'other_payment_yuan': ('medical_other_payment', 'decimal(18, 2)'),
    'self_paid_yuan': ('medical_self_paid', 'decimal(18, 2)'),
} %}

with summed as (
    select
        town_code,
        period_start,
        period_end,
        coalesce(visit_type, '合计') as visit_type,
        'reported' as basis,
        {{ additive_figures(figures, 'medical_summary') }}
    group by town_code, period_start, period_end, visit_type
),

both_bases as (
    select
        s.*,
        -- 补偿合计 has one rule, the identity medical_payments: the payments stated, added up, else the total stated
        cast(p.own_value as decimal(18, 2)) as paid_yuan
    from summed as s
    left join {{ ref('int_measure') }} as p
        on
            s.town_code = p.town_code
            and s.period_start = p.period_start
            and s.period_end = p.period_end
            and s.visit_type = p.breakdown
            and p.breakdown_by = case when s.visit_type = '合计' then 'total' else 'visit_type' end
            and p.indicator = 'medical_paid'
    union all
    select
        town_code,
        period_start,
        period_end,
        breakdown as visit_type,
        'recomputed' as basis,
        {{ counted_figures(dict(figures, paid_yuan=('medical_paid', 'decimal(18, 2)')), 'int_medical_claim_counted', 'visit_type') }}
)

select
    town_code,
    period_start,
    period_end,
    visit_type,
    basis,
    visit_count,
    total_cost_yuan,
    in_policy_cost_yuan,
    basic_insurance_yuan,
    serious_illness_yuan,
    supplementary_yuan,
    medical_aid_yuan,
    other_payment_yuan,
    paid_yuan,
    self_paid_yuan,
    {{ ratio('paid_yuan', 'total_cost_yuan') }} as actual_ratio_share,
    {{ ratio('paid_yuan', 'in_policy_cost_yuan') }} as policy_ratio_share
from both_bases
