-- Households in force, each with the lines of its province and year. An old exit is judged by the line of the ledger's year.
{{ config(**by_period()) }}
with household as (
    {{ in_force_ledger('household', [
        'village', 'household_no', 'head_name', 'head_key', 'head_birth_year', 'head_sex', 'is_food_clothing_secure', 'is_education_secure',
        'is_medical_secure', 'is_housing_secure', 'is_water_secure'
    ]) | indent(4) }}
),

lined as (
    select
        h.*,
        {%- for kind in ['exit', 'monitoring'] %}
        -- the province's own line before the national one
        coalesce({{ kind }}_own.value_yuan, {{ kind }}_national.value_yuan) as {{ kind }}_line_yuan{{ ',' if not loop.last }}
        {%- endfor %}
    from household as h
    inner join {{ ref('stg_township') }} as t on h.town_code = t.town_code
    {%- for kind in ['exit', 'monitoring'] %}
    {%- for name, province in {'own': 't.province_name', 'national': "'全国'"}.items() %}
    left join {{ ref('stg_poverty_line') }} as {{ kind }}_{{ name }}
        on
            {{ kind }}_{{ name }}.line_kind = '{{ kind }}'
            and year(h.period_end) = {{ kind }}_{{ name }}.line_year
            and {{ province }} = {{ kind }}_{{ name }}.province_name
    {%- endfor %}
    {%- endfor %}
)

select
    *,
    net_income_per_capita_yuan >= exit_line_yuan as is_above_exit_line,
    is_food_clothing_secure and is_education_secure and is_medical_secure and is_housing_secure and is_water_secure as is_guaranteed
from lined
