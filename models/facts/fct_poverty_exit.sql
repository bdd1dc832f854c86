-- exit_year is null on the line of the register itself, which has no exit year
with summed as (
    select
        town_code,
        period_start,
        period_end,
        cast(exit_year as integer) as exit_year,
        'reported' as basis,
        max(basis) as population_basis,
        {{ additive_figures({
            'registered_household_count': ('registered_households', 'bigint'),
            'registered_person_count': ('registered_persons', 'bigint'),
            'exited_household_count': ('exited_households', 'bigint'),
            'exited_person_count': ('exited_persons', 'bigint'),
            'remaining_household_count': ('remaining_households', 'bigint'),
            'remaining_person_count': ('remaining_persons', 'bigint'),
            'population_count': ('population', 'bigint'),
        }, 'exit_summary') }}
    group by town_code, period_start, period_end, exit_year
)

select
    town_code,
    period_start,
    period_end,
    exit_year,
    basis,
    registered_household_count,
    registered_person_count,
    exited_household_count,
    exited_person_count,
    -- 返贫 stands in no summary form; it comes from the ledger of changes
    cast(null as bigint) as returned_household_count,
    cast(null as bigint) as returned_person_count,
    remaining_household_count,
    remaining_person_count,
    population_count,
    population_basis,
    {{ ratio('remaining_person_count', 'population_count') }} as poverty_incidence_share
from summed
