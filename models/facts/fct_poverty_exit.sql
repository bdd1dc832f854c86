-- exit_year is null on the line of the register itself, which has no exit year
with reported as (
    select
        town_code,
        period_start,
        period_end,
        cast(exit_year as integer) as exit_year,
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
),

both_bases as (
    select
        town_code,
        period_start,
        period_end,
        exit_year,
        'reported' as basis,
        registered_household_count,
        registered_person_count,
        exited_household_count,
        exited_person_count,
        -- 返贫 stands in no summary form; it comes from the register itself
        cast(null as bigint) as returned_household_count,
        cast(null as bigint) as returned_person_count,
        remaining_household_count,
        remaining_person_count,
        population_count,
        population_basis
    from reported
    union all
    select
        c.town_code,
        c.period_start,
        c.period_end,
        case when c.breakdown_by = 'exit_year' then cast(c.breakdown as integer) end as exit_year,
        'recomputed' as basis,
        {%- for name, on_line in {
            'registered_households': 'total', 'registered_persons': 'total', 'exited_households': 'exit_year', 'exited_persons': 'exit_year',
            'returned_households': 'total', 'returned_persons': 'total', 'remaining_households': 'total', 'remaining_persons': 'total'
        }.items() %}
        cast(case when c.breakdown_by = '{{ on_line }}'{{ ' or not c.is_dated' if on_line == 'exit_year' }} then c.{{ name }} end as bigint),
        {%- endfor %}
        -- the ledger knows nobody but the registered: the population is the one the township states
        case when c.breakdown_by = 'total' then r.population_count end,
        case when c.breakdown_by = 'total' then r.population_basis end
    from (
        select
            *,
            max(case when breakdown_by = 'exit_year' then 1 else 0 end) over (partition by town_code, period_start, period_end) = 1 as is_dated
        from {{ ref('int_household_counted') }}
    ) as c
    left join (
        select town_code, period_start, period_end, max(population_count) as population_count, max(population_basis) as population_basis
        from reported
        group by town_code, period_start, period_end
    ) as r on c.town_code = r.town_code and c.period_start = r.period_start and c.period_end = r.period_end
    where c.breakdown_by = 'total' or c.breakdown_by = 'exit_year'
)

select
    *,
    {{ ratio('remaining_person_count', 'population_count') }} as poverty_incidence_share
from both_bases
