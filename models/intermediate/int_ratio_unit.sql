-- What a money ratio is made of: both its sides, patient by patient and project by project. These are drawn anew by the resampling,
-- since the claims of one patient, and the fund levels of one project, say the same thing twice.
{{ config(**by_period()) }}
{%- set units = {'medical_claim': 'patient_key', 'fund_project': 'project_no'} %}

with
{%- for form, unit in units.items() %}
{{ form }}_unit as (
    select
        p.town_code,
        p.period_start,
        p.period_end,
        coalesce(l.{{ unit }}, l.source_file || '/' || l.source_sheet || '/' || cast(l.source_row as string)) as unit_key,
        {%- for measure, column in ledger_money(form).items() %}
        {{ whole_sum('l.' ~ column) }} as {{ measure }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('int_ledger_period') }} as p
    inner join {{ ref('int_' ~ form) }} as l
        on p.town_code = l.town_code and p.ledger_start = l.period_start and p.ledger_end = l.period_end
    where p.form = '{{ form }}'{{ and_since('p.period_end') }}
    group by
        p.town_code, p.period_start, p.period_end,
        coalesce(l.{{ unit }}, l.source_file || '/' || l.source_sheet || '/' || cast(l.source_row as string))
),
{% endfor %}
-- one row for each amount, so that the registry says which two make a ratio
amount as (
    {%- for form in units %}
    {%- set last_form = loop.last %}
    {%- for measure in ledger_money(form) %}
    select town_code, period_start, period_end, unit_key, '{{ measure }}' as measure, {{ measure }} as value_yuan
    from {{ form }}_unit
    {{ 'union all' if not (last_form and loop.last) }}
    {%- endfor %}
    {%- endfor %}
)

select
    n.town_code,
    n.period_start,
    n.period_end,
    r.indicator,
    n.unit_key,
    n.value_yuan as numerator_yuan,
    d.value_yuan as denominator_yuan
from {{ ref('stg_indicator') }} as r
inner join amount as n on r.numerator = n.measure
inner join amount as d
    on
        r.denominator = d.measure
        and n.town_code = d.town_code
        and n.period_start = d.period_start
        and n.period_end = d.period_end
        and n.unit_key = d.unit_key
where r.kind = 'money_ratio'
