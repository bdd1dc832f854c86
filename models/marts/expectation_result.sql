-- A failed expectation of error level stops the build: tests/dbt/expectations_hold.sql.
select
    suite,
    expectation,
    table_name,
    column_name,
    success,
    severity,
    unexpected_count,
    examples,
    note
from {{ ref('expectation_run') }}
