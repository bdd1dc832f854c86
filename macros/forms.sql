{% macro form_title(form) -%}
  {#- The official title of a form (脱贫情况汇总表) for the SQL expression `form`, from the forms' contract: the seeds' config.meta.title. -#}
  case {{ form }}
  {%- for node in graph.get('nodes', {}).values() | selectattr('resource_type', 'equalto', 'seed') | sort(attribute='name') if node.config.meta.get('title') %}
    when '{{ node.name }}' then '{{ node.config.meta.title }}'
  {%- endfor %}
  else {{ form }} end
{%- endmacro %}
