{% macro additive_figures(measures, form) -%}
  {#-
    Columns of a fact from reported figures: {column: (indicator, type)} -> one sum a column, null where nothing is stated.
    Only what may be added up goes in: details, and a grand total where no detail states the figure.
  -#}
  {%- for column, (indicator, type) in measures.items() %}
        cast(sum(case when indicator = '{{ indicator }}' then value end) as {{ type }}) as {{ column }}{{ ',' if not loop.last }}
  {%- endfor %}
    from {{ ref('int_reported_figure') }}
    where is_additive and form = '{{ form }}'
{%- endmacro %}


{% macro counted_figures(measures, relation, breakdown_by) -%}
  {#-
    The same columns of the same fact from a ledger: its parts by `breakdown_by`, or its total at the places where that dimension
    is blank in some row and the parts would not be whole.
  -#}
  {%- for column, (indicator, type) in measures.items() %}
        cast({{ indicator }} as {{ type }}) as {{ column }}{{ ',' if not loop.last }}
  {%- endfor %}
    from {{ ref(relation) }} as c
    where
        breakdown_by = '{{ breakdown_by }}'
        or (breakdown_by = 'total' and not exists (
            select 1 from {{ ref(relation) }} as d
            where
                d.breakdown_by = '{{ breakdown_by }}'
                and d.town_code = c.town_code and d.period_start = c.period_start and d.period_end = c.period_end
        ))
{%- endmacro %}
