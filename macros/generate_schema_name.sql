{# Layers are schemas of their own names (staging, intermediate, seed); facts and marts are in main. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
  {{ custom_schema_name | trim if custom_schema_name else target.schema }}
{%- endmacro %}
