-- Patients with visits in the county, and those of them whose own payments are at most a tenth of their cost (a rate of heads, not of money).
{{ config(**by_period()) }}
with placed as (
    select
        p.town_code,
        p.period_start,
        p.period_end,
        c.patient_key,
        c.is_in_county,
        c.total_cost_yuan,
        c.self_paid_yuan
    from {{ ref('int_ledger_period') }} as p
    inner join {{ ref('int_medical_claim') }} as c
        on p.town_code = c.town_code and p.ledger_start = c.period_start and p.ledger_end = c.period_end
    where p.form = 'medical_claim'{{ and_since('p.period_end') }}
),

patient as (
    select
        town_code,
        period_start,
        period_end,
        patient_key,
        sum(total_cost_yuan) as total_cost_yuan,
        sum(self_paid_yuan) as self_paid_yuan,
        count(case when total_cost_yuan is null or self_paid_yuan is null then 1 end) as unknown_count
    from placed
    where is_in_county
    group by town_code, period_start, period_end, patient_key
),

-- one claim whose place or person is unknown leaves the number of patients unknown
whole as (
    select town_code, period_start, period_end
    from placed
    group by town_code, period_start, period_end
    having count(*) = count(is_in_county) and count(*) = count(patient_key)
),

counted as (
    select
        h.town_code,
        h.period_start,
        h.period_end,
        count(*) as medical_patients,
        case
            when sum(h.unknown_count) = 0
                then count(case when h.self_paid_yuan <= {{ parameter('own_share_limit', 'h.period_end') }} * h.total_cost_yuan then 1 end)
        end as medical_patients_within_limit
    from patient as h
    inner join whole as w on h.town_code = w.town_code and h.period_start = w.period_start and h.period_end = w.period_end
    group by h.town_code, h.period_start, h.period_end
)

{% for indicator in ['medical_patients', 'medical_patients_within_limit'] -%}
select town_code, period_start, period_end, 'total' as breakdown_by, '合计' as breakdown, '{{ indicator }}' as indicator, {{ indicator }} as value
from counted
{{ 'union all' if not loop.last }}
{% endfor %}
