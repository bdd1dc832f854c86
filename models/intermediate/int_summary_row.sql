-- The summary rows of the version in force.
select
    u.*,
    -- a column is wholly stated when as many details of its table hold a figure as there are details
    count(case when u.row_kind = 'detail' then 1 end) over (
        partition by u.source_file, u.source_sheet, u.source_column, u.indicator_name, u.item is null
    ) as table_detail_count,
    -- the register's own line has no exit year, and is no row of exits
    count(case when u.row_kind = 'detail' and u.exit_year is not null then 1 end) over (
        partition by u.source_file, u.source_sheet, u.source_column, u.indicator_name, u.item is null
    ) as table_year_count
from {{ ref('int_summary_row_sent') }} as u
{{ in_force('u', 'u.form') }}
