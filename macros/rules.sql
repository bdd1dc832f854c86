{% macro dimensions() -%}
  {#- Columns by which a summary form may break a figure down, the most specific last; the order decides where an 其中 item belongs. -#}
  {{- return(['village', 'fund_year', 'fund_level', 'visit_type', 'exit_year', 'school_place', 'stage', 'program', 'item']) -}}
{%- endmacro %}


{% macro parameter(name, on_date) -%}
  {#- A parameter of seeds/reference/parameter.csv in force on a date, as a scalar subquery. -#}
  (
    select p.value from {{ ref('parameter') }} as p
    where p.parameter = '{{ name }}' and p.valid_from <= {{ on_date }} and coalesce(p.valid_to, {{ on_date }}) >= {{ on_date }}
  )
{%- endmacro %}


{% macro ratio(numerator, denominator) -%}
  {#- Ratio of two sums as double; null when either is unknown or the denominator is zero. -#}
  cast({{ numerator }} as double) / nullif(cast({{ denominator }} as double), 0)
{%- endmacro %}


{% macro cell_rank() -%}
  {#- Sort key that puts a stated figure before the parts, and otherwise the first cell of the last file: the same on every run. -#}
  case when figure_role <> 'part' then '1' else '0' end || source_file || '/' || source_sheet || '/' || cell
{%- endmacro %}


{% macro identity_sum(figures, value, half_unit, where) -%}
  {#-
    Right sides of identities: the signed sum of the known terms at one place, null-free because a place with a required term
    missing is left out. One row per identity, town, period and breakdown.
  -#}
    select
        f.town_code,
        f.period_start,
        f.period_end,
        f.breakdown_by,
        f.breakdown,
        i.identity,
        i.target,
        i.operator,
        i.is_recomputing,
        sum(t.sign * f.{{ value }}) as right_value,
        sum(f.{{ half_unit }}) as right_half_unit
    from {{ ref('stg_identity') }} as i
    inner join {{ ref('stg_identity_term') }} as t on i.identity = t.identity
    inner join {{ figures }} as f on t.measure = f.indicator
    inner join (
        select identity, count(case when is_required then 1 end) as required_count from {{ ref('stg_identity_term') }} group by identity
    ) as n on i.identity = n.identity
    where f.{{ value }} is not null and {{ where }}
    group by
        f.town_code, f.period_start, f.period_end, f.breakdown_by, f.breakdown,
        i.identity, i.target, i.operator, i.is_recomputing, n.required_count
    having count(case when t.is_required then 1 end) = n.required_count
{%- endmacro %}


{% macro same_place(a, b) -%}
  {#- Join condition: two aliases speak of one township, period and breakdown. -#}
  {%- for name in ['town_code', 'period_start', 'period_end', 'breakdown_by', 'breakdown'] -%}
  {{ a }}.{{ name }} = {{ b }}.{{ name }}{{ ' and ' if not loop.last }}
  {%- endfor -%}
{%- endmacro %}


{% macro leading_year(column) -%}
  {#- The first four digits of a school year such as 2019—2020学年 or 2020年, as text; null where it has none. -#}
  nullif(regexp_extract({{ column }}, '^[^0-9]*([0-9]{4})', 1), '')
{%- endmacro %}


{% macro left_out(value) -%}
  {#- The sentence for a part that the ledger has and the summary does not report; `value` in stored units, without trailing noughts. -#}
  '台账中有这一项，为 '
  || regexp_replace(regexp_replace(cast(cast({{ value }} as decimal(28, 8)) as string), '0+$', ''), '[.]$', '.0') || '，汇总表没有报'
{%- endmacro %}


{% macro reaches(value, threshold, better, is_strict) -%}
  {#- Whether a value is on the better side of a threshold; at the threshold itself only where it is not strict. -#}
  (case
    when {{ value }} = {{ threshold }} then not {{ is_strict }}
    when {{ better }} = 'high' then {{ value }} > {{ threshold }}
    else {{ value }} < {{ threshold }}
  end)
{%- endmacro %}
