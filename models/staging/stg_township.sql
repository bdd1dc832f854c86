select
    town_code,
    town_name,
    county_code,
    county_name,
    prefecture_name,
    province_name
from {{ ref('township') }}
