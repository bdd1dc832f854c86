{% macro say_failures(results) -%}
  {#- After a run, the rows of failed tests that speak to people (meta says: true), one line each: their column `message`. -#}
  {%- if execute -%}
    {%- for result in results if result.status in ('fail', 'warn') and result.node.config.meta.get('says') -%}
      {%- for row in run_query('select message from (' ~ result.node.compiled_code ~ ') as failed order by message').rows -%}
        {%- do print(row['message']) -%}
      {%- endfor -%}
    {%- endfor -%}
  {%- endif -%}
{%- endmacro %}
