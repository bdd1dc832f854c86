-- Money is added up by row; projects are counted once each, however many fund levels pay for them.
{{ config(**by_period()) }}
{{ ledger_counted('fund_project', [
    ('fund_level', 'fund_level'),
    ('fund_year', 'cast(fund_year as string)'),
    ('category', 'category'),
    ('village', 'village'),
], dict({
    'planned_projects': 'case when count(*) = count(project_no) then count(distinct project_no) end',
    'started_projects': "case when count(*) = count(project_status) then count(distinct case when project_status <> '未开工' then project_no end) end",
    'completed_projects': "case when count(*) = count(project_status) then count(distinct case when project_status in ('完工', '已验收', '已审计') then project_no end) end",
}, **summed_money('fund_project'))) }}
