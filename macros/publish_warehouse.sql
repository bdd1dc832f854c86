{% macro publish_warehouse(results) -%}
  {#-
    After a sound `dbt build`, copy the work file and put the copy in place as warehouse/zhenshu.duckdb in one step.
    Readers of the old file neither block a build nor see half of one. A build with a failure leaves the last sound file.
    The work file has the same name, so that views mean the same in both.
  -#}
  {%- if execute and flags.WHICH == 'build' and target.type == 'duckdb' -%}
    {%- set failed = results | selectattr('status', 'in', ['error', 'fail', 'runtime error']) | list -%}
    {%- if failed -%}
      {%- do log(failed | length ~ ' failure(s): warehouse/zhenshu.duckdb keeps the last sound build', info=true) -%}
    {%- else -%}
      {%- set published = (target.path.rsplit('/work/', 1) | join('/')) | replace("'", "''") -%}
      {%- do run_query("select remove_file('" ~ published ~ ".new'), remove_file('" ~ published ~ ".new.wal')") -%}
      {%- do run_query("attach '" ~ published ~ ".new' as published") -%}
      {%- do run_query('copy from database ' ~ target.database ~ ' to published') -%}
      {%- do run_query('detach published') -%}
      {%- do run_query("select replace_file('" ~ published ~ ".new', '" ~ published ~ "')") -%}
    {%- endif -%}
  {%- endif -%}
{%- endmacro %}
