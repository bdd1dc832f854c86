-- What does not add up in projects and their money, within a row, within a period and against the period before.
{%- set money = {'issued': '下达资金', 'allocated': '分配资金', 'disbursed': '拨付资金', 'paid': '支出资金', 'reimbursed': '报账资金'} %}
{%- set done = "project_status in ('完工', '已验收', '已审计')" %}
{%- set stage_days = '项目进度 {project_status}；开工时间 {started_on}；完工时间 {completed_on}' %}
{%- set rules = {
    'P01': ('allocated', 'allocated_yuan > issued_yuan', '下达资金 {issued_yuan}；分配资金 {allocated_yuan}'),
    'P02': ('disbursed', 'disbursed_yuan > allocated_yuan', '分配资金 {allocated_yuan}；拨付资金 {disbursed_yuan}'),
    'P03': ('paid', 'paid_yuan > disbursed_yuan', '拨付资金 {disbursed_yuan}；支出资金 {paid_yuan}'),
    'P04': ('reimbursed', 'reimbursed_yuan > paid_yuan', '支出资金 {paid_yuan}；报账资金 {reimbursed_yuan}'),
    'P05': ('issued', 'issued_yuan > planned_yuan', '下达资金 {issued_yuan}；计划投资 {planned_yuan}'),
    'P06': ('project_status', "project_status = '未开工' and paid_yuan > 0", '项目进度 {project_status}；支出资金 {paid_yuan}'),
    'P07': ('completed_on', 'completed_on < started_on', stage_days),
    'P08': ('completed_on', done ~ ' and completed_on is null', stage_days),
    'P09': ('completed_on', "project_status in ('未开工', '在建') and completed_on is not null", stage_days),
    'P10': (
        'project_no', 'same_project_place is not null', '项目编号、资金级次 {fund_level}、资金年度 {fund_year} 与另一行相同', 'same_project',
    ),
    'P11': ('fund_year', 'fund_year > year(period_end)', '资金年度 {fund_year}；统计期止于 {period_end}'),
    'P12': ('paid', done ~ ' and paid_yuan = 0', '项目进度 {project_status}；支出资金 {paid_yuan}'),
    'P13': ('started_on', 'started_on > period_end', '开工时间 {started_on}；统计期止于 {period_end}'),
    'P14': ('started_on', "project_status = '未开工' and started_on is not null", stage_days),
    'P15': (
        'project_name', 'other_name_place is not null or project_name <> name_before',
        '项目名称 {project_name}，同一编号另有名称；上期名称 {name_before}', 'other_name',
    ),
    'P16': ('{fallen}', 'fallen is not null', '{fallen_name} 由上期 {fallen_from} 减为 {fallen_to}'),
} %}
{%- set followed = 'before_end < period_end and project_no is not null and fund_level is not null and fund_year is not null' %}

with dated as (
    select
        *,
        {{ place() }} as place,
        {%- for column in money %}
        lag({{ column }}_yuan) over (partition by town_code, project_no, fund_level, fund_year order by period_end) as {{ column }}_before,
        {%- endfor %}
        lag(project_name) over (partition by town_code, project_no, fund_level, fund_year order by period_end) as last_name,
        lag(period_end) over (partition by town_code, project_no, fund_level, fund_year order by period_end) as before_end
    from {{ ref('int_fund_project') }}
),

compared as (
    select
        *,
        case when {{ followed }} then last_name end as name_before,
        case when {{ followed }} then
            case {% for column in money %}when {{ column }}_yuan < {{ column }}_before then '{{ column }}' {% endfor %}end
        end as fallen
    from dated
),

record as (
    select
        *,
        case fallen {% for column, name in money.items() %}when '{{ column }}' then '{{ name }}' {% endfor %}end as fallen_name,
        case fallen {% for column in money %}when '{{ column }}' then {{ column }}_before {% endfor %}end as fallen_from,
        case fallen {% for column in money %}when '{{ column }}' then {{ column }}_yuan {% endfor %}end as fallen_to
    from compared
)
{%- set same_list = 'a.town_code = b.town_code and a.period_start = b.period_start and a.period_end = b.period_end and a.project_no = b.project_no' %}
{{- flag_rows("'fund_project'", rules, pairs={
    'same_project': same_list ~ ' and a.fund_level = b.fund_level and a.fund_year = b.fund_year',
    'other_name': same_list ~ ' and a.project_name <> b.project_name',
}) }}
