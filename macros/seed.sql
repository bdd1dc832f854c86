{#
  Seeds typed by their declared columns and read by the engine's own reader: the same file, about a hundred times faster than
  through agate, and 010203 stays text. A county's own file ($ZHENSHU_DATA/seeds/...) comes before the project's; beside or instead of
  a CSV there may be Parquet, as a province keeps its ledgers, and it is read. Columns are matched by name; one that is declared and
  absent, or present and undeclared, stops the build naming it. What differs between the engines stands in seed_engines.sql.
#}
{% materialization seed, adapter='duckdb' %}
  {%- set target_relation = this.incorporate(type='table') -%}
  {%- set old_relation = load_cached_relation(this) -%}
  {%- set select = seed_select(model) -%}

  {{ run_hooks(pre_hooks, inside_transaction=False) }}
  {{ run_hooks(pre_hooks, inside_transaction=True) }}
  {%- if old_relation is not none and old_relation.type != 'table' -%}{%- do adapter.drop_relation(old_relation) -%}{%- endif -%}
  {% call statement('main') -%}
    create or replace table {{ target_relation }} as
    {{ select }}
  {%- endcall -%}
  {%- do report_seed() -%}
  {% do persist_docs(target_relation, model) %}
  {% do create_indexes(target_relation) %}
  {{ run_hooks(post_hooks, inside_transaction=True) }}
  {{ adapter.commit() }}
  {{ run_hooks(post_hooks, inside_transaction=False) }}
  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}


{% materialization seed, adapter='spark' %}
  {%- set target_relation = this.incorporate(type='table') -%}
  {%- set old_relation = load_cached_relation(this) -%}
  {#- the file is found and its columns checked before the old table goes -#}
  {%- set select = seed_select(model) -%}

  {{ run_hooks(pre_hooks) }}
  {%- if old_relation is not none -%}{%- do adapter.drop_relation(old_relation) -%}{%- endif -%}
  {% call statement('main') -%}
    {{ create_table_as(False, target_relation, select) }}
  {%- endcall -%}
  {%- do report_seed() -%}
  {{ run_hooks(post_hooks) }}
  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}


{% macro seed_select(model) -%}
  {#- Select of a seed's rows, its columns in declared order and type; none where another county's would have to stand in. -#}
  {%- set file = seed_file(model) -%}
  {%- set types = seed_types(model) -%}
  {%- set found = seed_columns(file, model) -%}
  {%- if types -%}{%- do check_seed_columns(file, types, found) -%}{%- endif -%}
    select {% for name in types or found %}{{ adapter.quote(name) }}{{ ', ' if not loop.last }}{% endfor %}
    from {{ seed_rows(file, model, types, found) }}
  {%- if is_of_one_county(model) and not file.is_own %}
    where false
  {%- endif -%}
{%- endmacro %}


{% macro report_seed() -%}
  {#- dbt's seed runner wants an agate table to report on. -#}
  {%- do store_result('agate_table', response='OK', agate_table=run_query('select 1 as loaded')) -%}
{%- endmacro %}


{% macro seed_file(model) -%}
  {#- What a seed is read from: the county's own file where it has one, else the project's; Parquet before CSV. -#}
  {%- set own_root = env_var('ZHENSHU_DATA', model.root_path) -%}
  {%- for root in [own_root, model.root_path] -%}
    {%- for format in ['parquet', 'csv'] -%}
      {%- set path = root ~ '/' ~ model.original_file_path.rsplit('.', 1)[0] ~ '.' ~ format -%}
      {%- if seed_exists(root, path, model) -%}
        {{- return({'path': path | replace("'", "''"), 'format': format, 'is_own': root == own_root}) -}}
      {%- endif -%}
    {%- endfor -%}
  {%- endfor -%}
  {%- do exceptions.raise_compiler_error('no file for the seed ' ~ model.name) -%}
{%- endmacro %}


{% macro is_of_one_county(model) -%}
  {#- What townships sent, and lists that hold for one county only (config.meta.of_one_county): another county's never stand in for them. -#}
  {{- return(model.fqn[1] == 'township' or model.config.meta.get('of_one_county', false)) -}}
{%- endmacro %}


{% macro seed_types(model) -%}
  {#- Declared type by column name: data_type of the properties file, overridden by column_types; {} when nothing is declared. -#}
  {%- set types = {} -%}
  {%- for column in model.columns.values() if column.data_type -%}{%- do types.update({column.name: column.data_type}) -%}{%- endfor -%}
  {%- do types.update(config.get('column_types', {})) -%}
  {%- for name, type in types.items() -%}{%- do types.update({name: engine_type(type)}) -%}{%- endfor -%}
  {{- return(types) -}}
{%- endmacro %}


{% macro check_seed_columns(file, types, found) -%}
  {#- Stops the build where a file's columns are not those declared; Parquet has types of its own, which must be the declared ones. -#}
  {%- set missing = types.keys() | reject('in', found) | list -%}
  {%- set unknown = found.keys() | reject('in', types) | list -%}
  {%- set changed = [] -%}
  {%- for name, type in types.items() if file.format == 'parquet' and name in found and found[name] != type | lower | replace(' ', '') | replace('integer', 'int') -%}
    {%- do changed.append(name ~ ' is ' ~ found[name] ~ ', not ' ~ type) -%}
  {%- endfor -%}
  {%- if missing or unknown or changed -%}
    {%- do exceptions.raise_compiler_error(
      file.path ~ ': columns missing: ' ~ (missing | join(', ') or 'none') ~ '; columns not declared: ' ~ (unknown | join(', ') or 'none')
      ~ ('; types: ' ~ changed | join(', ') if changed else '')
    ) -%}
  {%- endif -%}
{%- endmacro %}
