-- Exit is judged by household and counted in persons. 返贫 households are poor again: registered, not exited.
-- Only exits have an exit year; the others have no part there.
{{ config(**by_period()) }}
{{ ledger_counted('household', [
    ('village', 'village'),
    ('exit_year', "case when status = '已脱贫' then cast(exit_year as string) when status is not null then '' end"),
], {
    'registered_households': 'count(*)',
    'registered_persons': whole_sum('member_count'),
    'exited_households': count_where("status = '已脱贫'"),
    'exited_persons': whole_sum('member_count', "status = '已脱贫'"),
    'year_exited_persons': whole_sum('member_count', "status = '已脱贫' and exit_year = year(figure_end)"),
    'returned_households': count_where("status = '返贫'"),
    'returned_persons': whole_sum('member_count', "status = '返贫'"),
    'once_exited_persons': whole_sum('member_count', "status in ('已脱贫', '返贫')"),
    'remaining_households': count_where("status <> '已脱贫'"),
    'remaining_persons': whole_sum('member_count', "status <> '已脱贫'"),
    'guaranteed_households': count_where("status = '已脱贫' and is_guaranteed"),
    'above_line_households': count_where("status = '已脱贫' and is_above_exit_line"),
}) }}
