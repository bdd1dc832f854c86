-- 基本完成 is not yet closed (销号). Overdue: past its day at the period's end and not closed by then, or closed after it.
{{ config(**by_period()) }}
{{ ledger_counted('rectification', [
    ('village', 'village'),
    ('source', 'source'),
], {
    'found_issues': 'count(*)',
    'closed_issues': count_where("status = '已整改'"),
    'open_issues': count_where("status <> '已整改'"),
    'overdue_issues': count_where('due_on < coalesce(closed_on, figure_end)'),
}) }}
