-- A threshold without one value in force would silence its rules: a county's own parameter.csv must hold them all.
with wanted as (
    {%- for name in rule_limits() %}
    select '{{ name }}' as parameter
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select w.parameter
from wanted as w
left join {{ ref('parameter') }} as p on w.parameter = p.parameter and p.valid_to is null
group by w.parameter
having count(p.value) <> 1
