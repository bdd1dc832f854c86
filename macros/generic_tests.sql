{# Grain: no two rows share the columns; nulls count as equal, so that an optional part of a key is still a key. #}
{% test unique_combination(model, columns) %}
select {{ columns | join(', ') }}, count(*) as row_count
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1
{% endtest %}


{# No row leaves one of the columns blank; one test for all of a table's columns, since most of a small test's time is dbt's own. #}
{% test filled(model, columns) %}
select {{ columns | join(', ') }}
from {{ model }}
where {% for column in columns %}{{ 'or ' if not loop.first }}{{ column }} is null {% endfor %}
{% endtest %}


{# Holds where the SQL expression is true or unknown; every row where it is false fails. #}
{% test holds(model, expression) %}
select *
from {{ model }}
where not ({{ expression }})
{% endtest %}


{# Every row of a form's seed says which known township and period it is for, what kind of row it is and where it stood. #}
{% test has_origin(model, towns) %}
select *
from {{ model }}
where period_start is null or period_end is null or period_end < period_start
  or source_file is null or source_sheet is null or source_row is null or source_column is null
  or row_kind is null or row_kind not in ('detail', 'total', 'of_which')
  or town_code is null or town_code not in (select town_code from {{ towns }})
{% endtest %}
