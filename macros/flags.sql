{% macro rule_limits() -%}
  {#- The thresholds of the record rules: rows of seeds/reference/parameter.csv, each a column in the conditions of a flag model. -#}
  {{- return([
    'household_member_limit', 'persons_per_household_limit', 'net_income_floor_yuan', 'net_income_ceiling_yuan', 'head_age_floor',
    'first_identification_year', 'inpatient_cost_floor_yuan', 'claim_cost_ceiling_yuan', 'patient_age_limit', 'upper_stage_age_floor',
    'primary_age_ceiling', 'preschool_age_limit', 'cumulative_growth_limit',
  ]) -}}
{%- endmacro %}


{% macro place() -%}
  {#- Where a record stands, as people read it: file, sheet and the first cell of its row. No two records share it. -#}
  source_file || '/' || source_sheet || '/' || source_column || cast(source_row as {{ dbt.type_string() }})
{%- endmacro %}


{% macro not_resent(a, b) -%}
  {#- Join condition for flows: two records of one ledger, or of ledgers that share no day. A monthly and a yearly ledger hold the same events. -#}
  ({{ a }}.period_start = {{ b }}.period_start and {{ a }}.period_end = {{ b }}.period_end
  or {{ a }}.period_end < {{ b }}.period_start or {{ b }}.period_end < {{ a }}.period_start)
{%- endmacro %}


{% macro filled(template) -%}
  {#- SQL of a text with {column} in it; an unknown value reads 空白. -#}
  {%- for part in modules.re.split('[{}]', template) -%}
    {%- if loop.index0 % 2 -%} || coalesce(cast({{ part }} as {{ dbt.type_string() }}), '空白') || {%- else -%} '{{ part }}' {%- endif -%}
  {%- endfor -%}
{%- endmacro %}


{% macro flag_rows(form, rules, pairs={}) -%}
  {#-
    The rest of a flag model after its CTE `record`: one row per record and rule whose condition holds. `form` is an SQL expression.
    rules  {rule: (column of the form it mainly speaks of, condition, what stands there[, pair])}; texts are templates of `filled`.
           A condition may use the record's columns, the thresholds of rule_limits() and, of each pair, <pair>_place.
    pairs  {pair: join condition of a record a and another record b}: duplicates and contradictions; null where there is no other.
    A rule holds for periods that end within its validity in seeds/reference/record_rule.csv. Unknown never flags.
  -#}
,

limits as (
    select
        d.period_end
        {%- for name in rule_limits() %},
        cast(max(case when v.parameter = '{{ name }}' then v.value end) as double) as {{ name }}
        {%- endfor %}
    from (select distinct period_end from record) as d
    left join {{ ref('parameter') }} as v on v.valid_from <= d.period_end and coalesce(v.valid_to, d.period_end) >= d.period_end
    group by d.period_end
),
{% for pair, condition in pairs.items() %}
{{ pair }} as (
    select
        a.place,
        min(b.place) as {{ pair }}_place
    from record as a
    inner join record as b on a.place <> b.place and {{ condition }}
    group by a.place
),
{% endfor %}
judged as (
    select
        r.*,
        {%- for name in rule_limits() %}
        l.{{ name }},
        {%- endfor %}
        {%- for pair in pairs %}
        {{ pair }}.{{ pair }}_place,
        {%- endfor %}
        u.rule_id
    from record as r
    inner join limits as l on r.period_end = l.period_end
    inner join (
        select rule_id, valid_from, valid_to from {{ ref('record_rule') }} where rule_id in ('{{ rules | join("', '") }}')
    ) as u on u.valid_from <= r.period_end and coalesce(u.valid_to, r.period_end) >= r.period_end
    {%- for pair in pairs %}
    left join {{ pair }} on r.place = {{ pair }}.place
    {%- endfor %}
)

select
    rule_id,
    {{ form }} as form,
    town_code,
    period_start,
    period_end,
    source_file,
    source_sheet,
    source_row,
    source_column,
    case rule_id{% for id, rule in rules.items() %} when '{{ id }}' then {{ filled(rule[0]) }}{% endfor %} end as column_name,
    case rule_id{% for id, rule in rules.items() %} when '{{ id }}' then {{ filled(rule[2]) }}{% endfor %} end as found,
    {% if pairs %}case rule_id{% for id, rule in rules.items() if rule[3] %} when '{{ id }}' then {{ rule[3] }}_place{% endfor %} end
    {%- else %}cast(null as {{ dbt.type_string() }}){% endif %} as other_place
from judged
where
    case rule_id
        {%- for id, rule in rules.items() %}
        when '{{ id }}' then {{ rule[1] }}
        {%- endfor %}
    end
{%- endmacro %}
