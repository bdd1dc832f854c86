{% macro publish_warehouse(results) -%}
  {#-
    After a sound `dbt build`, copy the work file and put the copy in place as warehouse/zhenshu.duckdb in one step.
    Readers of the old file neither block a build nor see half of one; where they keep it from being replaced, the new one
    stands in a dated folder beside it (zhenshu/versions.py). A build with a failure leaves the last sound file.
    The work file has the same name, so that views mean the same in both. A work file that lacks a table or a view (made anew and
    built in part by --select) is not published.
  -#}
  {%- if execute and flags.WHICH == 'build' and target.type == 'duckdb' -%}
    {%- set failed = results | selectattr('status', 'in', ['error', 'fail', 'runtime error']) | list -%}
    {%- if failed -%}
      {%- do log(failed | length ~ ' failure(s): warehouse/zhenshu.duckdb keeps the last sound build', info=true) -%}
    {%- elif lacking() -%}
      {%- do print('not published, warehouse/zhenshu.duckdb keeps the last sound build: the work file lacks ' ~ lacking()) -%}
    {%- else -%}
      {%- set published = (target.path.rsplit('/work/', 1) | join('/')) | replace("'", "''") -%}
      {%- do run_query("select remove_file('" ~ published ~ ".new'), remove_file('" ~ published ~ ".new.wal')") -%}
      {%- do run_query("attach '" ~ published ~ ".new' as published") -%}
      {%- do run_query('copy from database ' ~ target.database ~ ' to published') -%}
      {%- do run_query('detach published') -%}
      {%- do run_query("select put_version('" ~ published ~ ".new', '" ~ published ~ "')") -%}
    {%- endif -%}
  {%- endif -%}
{%- endmacro %}


{% macro lacking() -%}
  {#- The seeds and models that are not in the work file, as text: empty where all are. -#}
  {%- set there = run_query("select table_schema || '.' || table_name from information_schema.tables where table_catalog = current_database()").columns[0].values() -%}
  {%- set absent = [] -%}
  {%- for node in graph.nodes.values() if node.resource_type in ('seed', 'model') and node.config.materialized != 'ephemeral' -%}
    {%- if node.schema ~ '.' ~ node.alias not in there -%}{%- do absent.append(node.name) -%}{%- endif -%}
  {%- endfor -%}
  {{- return(absent | sort | join(', ')) -}}
{%- endmacro %}
