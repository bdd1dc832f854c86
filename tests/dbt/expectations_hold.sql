-- An expectation of error level that fails stops the build, so that nothing unsound is published.
select *
from {{ ref('expectation_result') }}
where not success and severity = 'error'
