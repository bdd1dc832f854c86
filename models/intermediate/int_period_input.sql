-- What the models built by period are made of: every input and period with its number of rows and a fingerprint of them. A correction
-- belongs to the periods of its file; what holds for all periods has none.
{%- set references = ['township', 'poverty_line', 'aid_standard', 'parameter', 'indicator', 'breakdown'] %}

{%- for form in ledgers() %}
select '{{ form }}' as input, period_end, count(*) as row_count, {{ fingerprint() }} as fingerprint
from {{ ref('stg_' ~ form) }}
group by period_end
union all
{%- endfor %}
select 'submission', period_end, count(*), {{ fingerprint() }}
from {{ ref('stg_submission') }}
group by period_end
union all
select 'correction', period_end, count(*), {{ fingerprint() }}
from (
    select c.*, s.period_end
    from {{ ref('stg_correction') }} as c
    left join (select distinct source_file, period_end from {{ ref('stg_submission') }}) as s on c.source_file = s.source_file
) as dated
group by period_end
{%- for name in references %}
union all
select '{{ name }}', cast(null as date), count(*), {{ fingerprint() }}
from {{ ref(name) }}
{%- endfor %}
