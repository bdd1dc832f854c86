with summed as (
    select
        town_code,
        period_start,
        period_end,
        coalesce(visit_type, '合计') as visit_type,
        'reported' as basis,
        {{ additive_figures({
            'visit_count': ('medical_visits', 'bigint'),
            'total_cost_yuan': ('medical_total_cost', 'decimal(18, 2)'),
            'in_policy_cost_yuan': ('medical_in_policy_cost', 'decimal(18, 2)'),
            'basic_insurance_yuan': ('medical_basic_insurance', 'decimal(18, 2)'),
            'serious_illness_yuan': ('medical_serious_illness', 'decimal(18, 2)'),
            'supplementary_yuan': ('medical_supplementary', 'decimal(18, 2)'),
            'medical_aid_yuan': ('medical_aid', 'decimal(18, 2)'),
            'other_payment_yuan': ('medical_other_payment', 'decimal(18, 2)'),
            'self_paid_yuan': ('medical_self_paid', 'decimal(18, 2)'),
        }, 'medical_summary') }}
    group by town_code, period_start, period_end, visit_type
)

select
    s.town_code,
    s.period_start,
    s.period_end,
    s.visit_type,
    s.basis,
    s.visit_count,
    s.total_cost_yuan,
    s.in_policy_cost_yuan,
    s.basic_insurance_yuan,
    s.serious_illness_yuan,
    s.supplementary_yuan,
    s.medical_aid_yuan,
    s.other_payment_yuan,
    cast(p.value as decimal(18, 2)) as paid_yuan,
    s.self_paid_yuan,
    {{ ratio('p.value', 's.total_cost_yuan') }} as actual_ratio_share,
    {{ ratio('p.value', 's.in_policy_cost_yuan') }} as policy_ratio_share
from summed as s
-- 补偿合计 has one rule, the identity medical_payments: the payments stated, added up, else the total stated
left join {{ ref('int_measure') }} as p
    on
        s.town_code = p.town_code
        and s.period_start = p.period_start
        and s.period_end = p.period_end
        and s.visit_type = p.breakdown
        and p.breakdown_by = case when s.visit_type = '合计' then 'total' else 'visit_type' end
        and p.indicator = 'medical_paid'
