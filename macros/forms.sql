{% macro form_title(form) -%}
  {#-
    The official title of a form (脱贫情况汇总表) for the SQL expression `form`, from the forms' contract: the seeds' config.meta.title.
    dbt knows its seeds only while it runs models; in a unit test the form's name stands for its title.
  -#}
  {%- set titled = [] -%}
  {%- for node in graph.get('nodes', {}).values() | selectattr('resource_type', 'equalto', 'seed') | sort(attribute='name') -%}
    {%- if node.config.meta.get('title') -%}{%- do titled.append("when '" ~ node.name ~ "' then '" ~ node.config.meta.title ~ "'") -%}{%- endif -%}
  {%- endfor -%}
  {{- 'case ' ~ form ~ ' ' ~ titled | join(' ') ~ ' end' if titled else 'cast(' ~ form ~ ' as string)' -}}
{%- endmacro %}
