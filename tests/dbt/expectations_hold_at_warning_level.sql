{{ config(severity='warn') }}
-- Shown, and on the data quality page; does not stop the build.
select *
from {{ ref('expectation_result') }}
where not success and severity <> 'error'
