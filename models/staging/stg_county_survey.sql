select
    county_code,
    survey_name,
    survey_year,
    region,
    exited_sampled,
    wrongly_exited,
    unregistered_sampled,
    missed,
    households_surveyed,
    households_approving,
    remaining_persons,
    exited_persons,
    unregistered_persons,
    population,
    population_basis,
    source
from {{ ref('county_survey') }}
