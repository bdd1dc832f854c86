-- What the filled cells of a ledger come to where others are blank: a reported figure, less this, is what the blanks should hold.
{%- set place = ['town_code', 'period_start', 'period_end', 'indicator', 'breakdown_by', 'breakdown'] %}
select
    {% for name in place %}c.{{ name }}, {% endfor %}
    coalesce(sum(s.value), 0) as known_sum
from {{ ref('int_ledger_counted') }} as c
inner join {{ ref('int_ledger_period') }} as p
    on c.form = p.form and c.town_code = p.town_code and c.period_start = p.period_start and c.period_end = p.period_end
inner join {{ ref('int_ledger_cell') }} as s
    on
        p.form = s.form and p.town_code = s.town_code and p.ledger_start = s.period_start and p.ledger_end = s.period_end
        and c.indicator = s.indicator
        and (c.breakdown_by = 'total' or (c.breakdown_by = s.breakdown_by and c.breakdown = s.breakdown))
-- who has exited may be unknown by a blank status as well
where c.value is null and c.indicator not in ('exited_persons', 'remaining_persons')
group by {% for name in place %}c.{{ name }}{{ ', ' if not loop.last }}{% endfor %}
having count(s.value) < count(*)
