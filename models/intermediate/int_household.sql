-- Households in force, each with the lines of its province and year. An old exit is judged by the line of the ledger's year.
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
        (
            -- the province's own line before the national one
            select coalesce(max(case when l.province_name = t.province_name then l.value_yuan end), max(l.value_yuan))
            from {{ ref('stg_poverty_line') }} as l
            where l.line_kind = '{{ kind }}' and l.line_year = year(h.period_end) and l.province_name in (t.province_name, '全国')
        ) as {{ kind }}_line_yuan{{ ',' if not loop.last }}
        {%- endfor %}
    from household as h
    inner join {{ ref('stg_township') }} as t on h.town_code = t.town_code
)

select
    *,
    net_income_per_capita_yuan >= exit_line_yuan as is_above_exit_line,
    is_food_clothing_secure and is_education_secure and is_medical_secure and is_housing_secure and is_water_secure as is_guaranteed
from lined
