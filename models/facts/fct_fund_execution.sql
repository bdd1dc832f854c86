{%- set figures = {
    'issued_yuan': ('fund_issued', 'decimal(18, 2)'),
    'allocated_yuan': ('fund_allocated', 'decimal(18, 2)'),
    'disbursed_yuan': ('fund_disbursed', 'decimal(18, 2)'),
    'paid_yuan': ('fund_paid', 'decimal(18, 2)'),
    'reimbursed_yuan': ('fund_reimbursed', 'decimal(18, 2)'),
} %}

with both_bases as (
    select
        town_code,
        period_start,
        period_end,
        cast(fund_year as integer) as fund_year,
        coalesce(fund_level, '合计') as fund_level,
        'reported' as basis,
        -- 计划资金 stands in no summary form; it comes from the ledger of projects
        cast(null as decimal(18, 2)) as planned_yuan,
        {{ additive_figures(figures, 'fund_summary') }}
    group by town_code, period_start, period_end, fund_year, fund_level
    union all
    select
        p.town_code,
        p.period_start,
        p.period_end,
        f.fund_year,
        coalesce(f.fund_level, '未注明') as fund_level,
        'recomputed' as basis,
        {%- for name in ['planned_yuan'] + (figures.keys() | list) %}
        cast({{ whole_sum('f.' ~ name) }} as decimal(18, 2)) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('int_ledger_period') }} as p
    inner join {{ ref('int_fund_project') }} as f
        on p.town_code = f.town_code and p.ledger_start = f.period_start and p.ledger_end = f.period_end
    where p.form = 'fund_project'
    group by p.town_code, p.period_start, p.period_end, f.fund_year, f.fund_level
)

select
    town_code,
    period_start,
    period_end,
    fund_year,
    fund_level,
    basis,
    planned_yuan,
    issued_yuan,
    allocated_yuan,
    disbursed_yuan,
    paid_yuan,
    reimbursed_yuan,
    {{ ratio('allocated_yuan', 'issued_yuan') }} as allocation_rate_share,
    {{ ratio('disbursed_yuan', 'issued_yuan') }} as disbursement_rate_share,
    {{ ratio('paid_yuan', 'issued_yuan') }} as expenditure_rate_share,
    {{ ratio('reimbursed_yuan', 'issued_yuan') }} as reimbursement_rate_share
from both_bases
