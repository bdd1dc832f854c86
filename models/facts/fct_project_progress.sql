-- A project paid for by several fund levels is one project; its money is added up.
select
    town_code,
    period_start,
    period_end,
    coalesce(category, '未注明') as category,
    fund_year,
    'recomputed' as basis,
    case when count(*) = count(project_no) then count(distinct project_no) end as project_count,
    {%- for name, statuses in {
        'started': "'在建', '完工', '已验收', '已审计'", 'completed': "'完工', '已验收', '已审计'", 'accepted': "'已验收', '已审计'", 'audited': "'已审计'"
    }.items() %}
    case
        when count(*) = count(project_status) then count(distinct case when project_status in ({{ statuses }}) then project_no end)
    end as {{ name }}_project_count,
    {%- endfor %}
    cast({{ whole_sum('planned_yuan') }} as decimal(18, 2)) as planned_yuan,
    cast({{ whole_sum('paid_yuan') }} as decimal(18, 2)) as paid_yuan,
    cast({{ whole_sum('beneficiary_household_count') }} as bigint) as beneficiary_household_count
from {{ ref('int_fund_project') }}
group by town_code, period_start, period_end, category, fund_year
