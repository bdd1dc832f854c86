-- Money is added up by row; projects are counted once each, however many fund levels pay for them.
{{ ledger_counted('fund_project', [
    ('fund_level', 'fund_level'),
    ('fund_year', 'cast(fund_year as varchar)'),
    ('category', 'category'),
    ('village', 'village'),
], {
    'fund_planned': whole_sum('planned_yuan'),
    'fund_issued': whole_sum('issued_yuan'),
    'fund_allocated': whole_sum('allocated_yuan'),
    'fund_disbursed': whole_sum('disbursed_yuan'),
    'fund_paid': whole_sum('paid_yuan'),
    'fund_reimbursed': whole_sum('reimbursed_yuan'),
    'planned_projects': 'count(distinct project_no)',
    'started_projects': "case when count(*) = count(project_status) then count(distinct case when project_status <> '未开工' then project_no end) end",
    'completed_projects': "case when count(*) = count(project_status) then count(distinct case when project_status in ('完工', '已验收', '已审计') then project_no end) end",
}) }}
