select
    town_code,
    period_start,
    period_end,
    source as issue_source,
    'recomputed' as basis,
    count(*) as found_count,
    {{ count_where("status = '已整改'") }} as closed_count,
    {{ count_where("status = '基本完成'") }} as nearly_closed_count,
    {{ count_where("status <> '已整改'") }} as open_count,
    {{ count_where('due_on < coalesce(closed_on, period_end)') }} as overdue_count
from {{ ref('int_rectification') }}
group by town_code, period_start, period_end, source
