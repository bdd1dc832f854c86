-- All summary forms' rows as sent, every version, under one set of dimensions. Totals carry 合计 or nothing in theirs.
{%- set forms = {
    'exit_summary': {'village': 'village', 'exit_year': 'cast(exit_year as string)', 'basis': 'population_basis'},
    'medical_summary': {'village': 'village', 'visit_type': 'visit_type', 'basis': "coalesce(ratio_basis, '总费用')"},
    'education_summary': {'stage': 'stage', 'program': 'program', 'school_place': 'school_place'},
    'fund_summary': {
        'fund_level': 'fund_level', 'fund_year': 'cast(fund_year as string)', 'basis': "coalesce(reported_rate_basis, '支出进度')"
    },
    'indicator_summary': {'item': 'item', 'indicator_name': 'indicator_name'},
} %}

{%- for form, columns in forms.items() %}
select
    '{{ form }}' as form,
    town_code,
    period_start,
    period_end,
    row_kind,
    {%- for name in dimensions() %}
    {% if name in columns %}nullif({{ columns[name] }}, '合计'){% else %}cast(null as string){% endif %} as {{ name }},
    {%- endfor %}
    {{ columns.get('basis', 'cast(null as string)') }} as basis,
    {{ columns.get('indicator_name', 'cast(null as string)') }} as indicator_name,
    source_file,
    source_sheet,
    source_row,
    source_column
from {{ ref('stg_' ~ form) }}
{%- if not loop.last %}
union all
{%- endif %}
{%- endfor %}
