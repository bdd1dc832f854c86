-- What does not add up in the register: states, dates, guarantees, income, duplicates. 返贫 households keep their exit year.
{%- set guarantees = {
    'H06': ('food_clothing_secure', '不愁吃穿'),
    'H07': ('education_secure', '义务教育保障'),
    'H08': ('medical_secure', '基本医疗保障'),
    'H09': ('housing_secure', '住房安全保障'),
    'H10': ('water_secure', '饮水安全保障'),
} %}
{%- set rules = {
    'H01': ('exit_year', "status = '已脱贫' and exit_year is null", '脱贫状态 {status}；脱贫年度 空白'),
    'H02': ('exit_year', "status = '未脱贫' and exit_year is not null", '脱贫状态 {status}；脱贫年度 {exit_year}'),
    'H03': ('exit_year', 'exit_year < year(identified_on)', '脱贫年度 {exit_year}；识别时间 {identified_on}'),
    'H04': ('exit_year', 'exit_year = year(identified_on)', '脱贫年度 {exit_year}；识别时间 {identified_on}'),
    'H05': (
        'net_income_per_capita', "status = '已脱贫' and net_income_per_capita_yuan < exit_line_yuan",
        '人均纯收入 {net_income_per_capita_yuan}；当年脱贫标准 {exit_line_yuan}',
    ),
    'H11': (
        '{blank_guarantee}', "status = '已脱贫' and blank_guarantee is not null", '脱贫状态 {status}；{blank_guarantee_name} 空白',
    ),
    'H12': ('head_id', 'same_head_place is not null', '户主证件号码与本乡镇另一户相同', 'same_head'),
    'H13': ('head_id', 'head_elsewhere_place is not null', '户主证件号码与另一乡镇的一户相同', 'head_elsewhere'),
    'H14': ('household_no', 'same_number_place is not null', '户编号与本乡镇另一户相同', 'same_number'),
    'H15': ('members', 'member_count > household_member_limit', '家庭人口数 {member_count}'),
    'H16': (
        'net_income_per_capita',
        'net_income_per_capita_yuan <= net_income_floor_yuan or net_income_per_capita_yuan > net_income_ceiling_yuan',
        '人均纯收入 {net_income_per_capita_yuan}',
    ),
    'H17': (
        'monitored_type', "status = '已脱贫' and net_income_per_capita_yuan < monitoring_line_yuan and monitored_type is null",
        '人均纯收入 {net_income_per_capita_yuan}；当年监测标准 {monitoring_line_yuan}；监测对象类别 空白',
    ),
    'H18': ('monitored_type', "monitored_type = '脱贫不稳定户' and status = '未脱贫'", '监测对象类别 {monitored_type}；脱贫状态 {status}'),
    'H19': ('monitored_type', "monitored_type = '边缘易致贫户'", '监测对象类别 {monitored_type}；脱贫状态 {status}'),
    'H20': ('main_cause', 'main_cause is null', '主要致贫原因 空白'),
    'H21': ('head_id', 'head_age < head_age_floor', '户主年龄 {head_age}'),
    'H22': ('identified_on', 'identified_on > period_end', '识别时间 {identified_on}；统计期止于 {period_end}'),
    'H23': ('exit_year', 'exit_year > year(period_end)', '脱贫年度 {exit_year}；统计期止于 {period_end}'),
    'H24': ('identified_on', 'year(identified_on) < first_identification_year', '识别时间 {identified_on}'),
} %}
{%- for id, (column, name) in guarantees.items() %}
    {%- do rules.update({id: (column, "status = '已脱贫' and not is_" ~ column, '脱贫状态 {status}；' ~ name ~ ' 否')}) %}
{%- endfor %}

with record as (
    select
        *,
        {{ place() }} as place,
        year(period_end) - head_birth_year as head_age,
        case {% for column, name in guarantees.values() %}when is_{{ column }} is null then '{{ column }}' {% endfor %}end as blank_guarantee,
        case {% for column, name in guarantees.values() %}when is_{{ column }} is null then '{{ name }}' {% endfor %}end as blank_guarantee_name
    from {{ ref('int_household') }}
)
{{- flag_rows("'household'", rules, pairs={
    'same_head': 'a.town_code = b.town_code and a.period_start = b.period_start and a.period_end = b.period_end and a.head_key = b.head_key',
    'head_elsewhere': 'a.town_code <> b.town_code and a.period_end = b.period_end and a.head_key = b.head_key',
    'same_number':
        'a.town_code = b.town_code and a.period_start = b.period_start and a.period_end = b.period_end and a.household_no = b.household_no',
}) }}
