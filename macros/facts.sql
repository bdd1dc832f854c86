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
