{% macro ledgers() -%}
  {#-
    The ledgers: whether one holds what stands at its period's end (stock) or what happened in it (flow), which summary forms
    it answers for, and which of its columns a correction may change ({column: (name in the form, type)}).
  -#}
  {%- set money = 'decimal(18, 2)' -%}
  {{- return({
    'household': {
      'measured': 'stock', 'summaries': ['exit_summary'],
      'columns': {
        'member_count': ('members', 'bigint'), 'household_type': ('household_type', 'string'), 'main_cause': ('main_cause', 'string'),
        'identified_on': ('identified_on', 'date'), 'status': ('status', 'string'), 'exit_year': ('exit_year', 'integer'),
        'monitored_type': ('monitored_type', 'string'), 'net_income_per_capita_yuan': ('net_income_per_capita', money),
      },
    },
    'register_change': {
      'measured': 'flow', 'summaries': ['exit_summary'],
      'columns': {
        'change_type': ('change_type', 'string'), 'household_count': ('households', 'bigint'), 'person_count': ('persons', 'bigint'),
        'changed_on': ('changed_on', 'date'),
      },
    },
    'medical_claim': {
      'measured': 'flow', 'summaries': ['medical_summary'],
      'columns': {
        'visit_type': ('visit_type', 'string'), 'discharged_on': ('discharged_on', 'date'), 'settled_on': ('settled_on', 'date'),
        'total_cost_yuan': ('total_cost', money), 'in_policy_cost_yuan': ('in_policy_cost', money), 'basic_insurance_yuan': ('basic_insurance', money),
        'serious_illness_yuan': ('serious_illness', money), 'supplementary_yuan': ('supplementary', money),
        'medical_aid_yuan': ('medical_aid', money), 'other_payment_yuan': ('other_payment', money), 'self_paid_yuan': ('self_paid', money),
      },
    },
    'education_grant': {
      'measured': 'flow', 'summaries': ['education_summary'],
      'columns': {
        'stage': ('stage', 'string'), 'school_place': ('school_place', 'string'), 'program': ('program', 'string'),
        'school_year': ('school_year', 'string'), 'term': ('term', 'string'), 'amount_yuan': ('amount', money), 'paid_on': ('paid_on', 'date'),
      },
    },
    'fund_project': {
      'measured': 'stock', 'summaries': ['fund_summary', 'indicator_summary'],
      'columns': {
        'fund_level': ('fund_level', 'string'), 'fund_year': ('fund_year', 'integer'), 'planned_yuan': ('planned', money),
        'issued_yuan': ('issued', money), 'allocated_yuan': ('allocated', money), 'disbursed_yuan': ('disbursed', money),
        'paid_yuan': ('paid', money), 'reimbursed_yuan': ('reimbursed', money), 'project_status': ('project_status', 'string'),
        'started_on': ('started_on', 'date'), 'completed_on': ('completed_on', 'date'),
      },
    },
    'rectification': {
      'measured': 'stock', 'summaries': ['indicator_summary'],
      'columns': {
        'found_on': ('found_on', 'date'), 'due_on': ('due_on', 'date'), 'status': ('status', 'string'), 'closed_on': ('closed_on', 'date'),
      },
    },
  }) -}}
{%- endmacro %}


{% macro ledger_money(form) -%}
  {#- {indicator: column} of a ledger's amounts that are added up as they stand: in its totals, and in the units that are resampled. -#}
  {{- return({
    'medical_claim': {
      'medical_total_cost': 'total_cost_yuan', 'medical_in_policy_cost': 'in_policy_cost_yuan', 'medical_basic_insurance': 'basic_insurance_yuan',
      'medical_serious_illness': 'serious_illness_yuan', 'medical_supplementary': 'supplementary_yuan', 'medical_aid': 'medical_aid_yuan',
      'medical_other_payment': 'other_payment_yuan', 'medical_paid': 'paid_yuan', 'medical_self_paid': 'self_paid_yuan',
    },
    'fund_project': {
      'fund_planned': 'planned_yuan', 'fund_issued': 'issued_yuan', 'fund_allocated': 'allocated_yuan', 'fund_disbursed': 'disbursed_yuan',
      'fund_paid': 'paid_yuan', 'fund_reimbursed': 'reimbursed_yuan',
    },
  }[form]) -}}
{%- endmacro %}


{% macro summed_money(form) -%}
  {#- {indicator: aggregate} for `ledger_counted`: each amount's sum, null where one of the rows leaves it blank. -#}
  {%- set sums = {} -%}
  {%- for indicator, column in ledger_money(form).items() -%}{%- do sums.update({indicator: whole_sum(column)}) -%}{%- endfor -%}
  {{- return(sums) -}}
{%- endmacro %}


{% macro in_force_ledger(form, columns) -%}
  {#-
    Select of a ledger's records in the version in force (totals of the sheet left out), with the county's corrections: a corrected
    column takes its new value only where the old one still stands (the guard is the test corrections_still_apply).
    `columns` are those that no correction may change.
  -#}
  {%- set changeable = ledgers()[form]['columns'] -%}
with corrected as (
    select
        source_file,
        source_sheet,
        source_row,
        source_column
        {%- for name, (named, type) in changeable.items() %},
        {{ cast_text("max(case when column_name = '" ~ named ~ "' then old_value end)", type) }} as {{ name }}_was,
        {{ cast_text("max(case when column_name = '" ~ named ~ "' then new_value end)", type) }} as {{ name }}_is
        {%- endfor %}
    from {{ ref('stg_correction') }}
    where form = '{{ form }}'
    group by source_file, source_sheet, source_row, source_column
)

select
    l.town_code,
    l.period_start,
    l.period_end,
    {%- for name in columns %}
    l.{{ name }},
    {%- endfor %}
    {%- for name in changeable %}
    case when l.{{ name }} = c.{{ name }}_was then c.{{ name }}_is else l.{{ name }} end as {{ name }},
    {%- endfor %}
    l.source_file,
    l.source_sheet,
    l.source_row,
    l.source_column
from {{ ref('stg_' ~ form) }} as l
{{ in_force('l', "'" ~ form ~ "'") }}
left join corrected as c
    on
        l.source_file = c.source_file
        and l.source_sheet = c.source_sheet
        and l.source_row = c.source_row
        and coalesce(c.source_column, l.source_column) = l.source_column
where l.row_kind = 'detail'{{ and_since('l.period_end') }}
{%- endmacro %}


{% macro in_force(alias, form) -%}
  {#- Join that keeps the rows of the version in force; `form` is an SQL expression. Of several versions of a form one is in force. -#}
inner join {{ ref('stg_submission') }} as s
    on
        {{ form }} = s.form
        and {{ alias }}.town_code = s.town_code
        and {{ alias }}.period_start = s.period_start
        and {{ alias }}.period_end = s.period_end
        and coalesce({{ alias }}.village, '') = s.village
        and {{ alias }}.source_file = s.source_file
        and s.is_in_force
{%- endmacro %}


{% macro whole_sum(column, when='true') -%}
  {#- Sum of a column over the rows where `when` holds; null where one of them is unknown: a part is no sum. -#}
  case when count(case when {{ when }} and {{ column }} is null then 1 end) = 0 then sum(case when {{ when }} then {{ column }} else 0 end) end
{%- endmacro %}


{% macro count_where(condition) -%}
  {#- Number of rows for which a condition holds; null where it is unknown for one of them. -#}
  case when count(*) = count({{ condition }}) then count(case when {{ condition }} then 1 end) end
{%- endmacro %}


{% macro ledger_counted(form, dimensions, measures) -%}
  {#-
    Select of a ledger's measures by township, period and breakdown: all rows together (total) and by each of `dimensions`
    ((breakdown_by, SQL expression) pairs; rows for which it is '' have no part in it). `measures` is {indicator: aggregate}. A dimension
    that is blank (null) in one row of a township and period gives no breakdown there, since its parts would not be whole.
  -#}
with placed as (
    select
        r.*,
        p.period_start as figure_start,
        p.period_end as figure_end
    from {{ ref('int_ledger_period') }} as p
    inner join {{ ref('int_' ~ form) }} as r
        on p.town_code = r.town_code and p.ledger_start = r.period_start and p.ledger_end = r.period_end
    where p.form = '{{ form }}'{{ and_since('p.period_end') }}
),

broken_down as (
    select *, 'total' as breakdown_by, '合计' as breakdown, 0 as blank_count from placed
    {%- for name, expression in dimensions %}
    union all
    select
        *,
        '{{ name }}' as breakdown_by,
        {{ expression }} as breakdown,
        count(case when {{ expression }} is null then 1 end) over (partition by town_code, figure_start, figure_end) as blank_count
    from placed
    {%- endfor %}
)

select
    town_code,
    figure_start as period_start,
    figure_end as period_end,
    breakdown_by,
    breakdown,
    {%- for indicator, aggregate in measures.items() %}
    {{ aggregate }} as {{ indicator }}{{ ',' if not loop.last }}
    {%- endfor %}
from broken_down
where blank_count = 0 and breakdown <> ''
group by town_code, figure_start, figure_end, breakdown_by, breakdown
{%- endmacro %}


{% macro register_effect() -%}
  {#- By how many persons a row of register changes moves the register: 脱贫 and 返贫 change a status and nobody's number. -#}
  case
    when change_type in ('新识别', '补录', '自然增加', '迁入') then person_count
    when change_type in ('自然减少', '清退', '迁出') then -person_count
    when change_type is not null then 0
  end
{%- endmacro %}
