{#
  What DuckDB and Spark spell differently, one small macro each. Models hold one SQL text; where a spelling exists that both engines
  read alike (cast(x as string), max_by, make_date, percentile_cont ... within group), the model uses it and nothing stands here.
#}

{% macro engine_type(type) -%}
  {#- A type of the properties files as the engine calls it: on Spark varchar without a length is string. -#}
  {{- return('string' if target.type == 'spark' and type | lower == 'varchar' else type) -}}
{%- endmacro %}


{% macro spark__get_empty_schema_sql(columns) -%}
  {#- dbt compares a contract with the query's columns by this select: the properties' types in Spark's words. -#}
  {%- set typed = {} -%}
  {%- for name, column in columns.items() -%}{%- do typed.update({name: dict(column, data_type=engine_type(column['data_type']))}) -%}{%- endfor -%}
  {{- return(default__get_empty_schema_sql(typed)) -}}
{%- endmacro %}


{% macro spark__location_clause() -%}
  {#-
    A table's folder, outside the catalog's own: what a killed build left in it is overwritten, where Spark would refuse a managed
    table. $ZHENSHU_SPARK_LOCATION is the cluster's shared storage, such as hdfs:///zhenshu.
  -#}
  location '{{ env_var('ZHENSHU_SPARK_LOCATION', env_var('ZHENSHU_DATA', model.root_path) ~ '/warehouse/spark/tables') | replace("'", "\\'") }}/{{ model.schema }}/{{ model.alias }}'
{%- endmacro %}


{% macro ordered_list(text, separator, order_by) -%}
  {#- Aggregate: texts put together in the order of `order_by`, nulls left out; null where there is none. dbt's own listagg has no order on Spark. -#}
  {{- return(adapter.dispatch('ordered_list')(text, separator, order_by)) -}}
{%- endmacro %}

{% macro duckdb__ordered_list(text, separator, order_by) -%}
  listagg({{ text }}, {{ separator }} order by {{ order_by }})
{%- endmacro %}

{% macro spark__ordered_list(text, separator, order_by) -%}
  listagg({{ text }}, {{ separator }}) within group (order by {{ order_by }})
{%- endmacro %}


{% macro cast_text(text, type) -%}
  {#-
    What people wrote, such as a correction's new value, as a number or a date; text that is none stops the build. dbt-spark switches
    Spark's ANSI mode off, in which a plain cast would make it null.
  -#}
  {{- return(adapter.dispatch('cast_text')(text, type)) -}}
{%- endmacro %}

{% macro duckdb__cast_text(text, type) -%}
  cast({{ text }} as {{ type }})
{%- endmacro %}

{% macro spark__cast_text(text, type) -%}
  coalesce(
    cast({{ text }} as {{ type }}),
    case when {{ text }} is not null then cast(raise_error(concat({{ text }}, ' is no {{ type }}')) as {{ type }}) end
  )
{%- endmacro %}
