-- What the exit of a county is judged by: rates found by a sample survey, the incidence grossed up from two of them, each with its own
-- denominator (认可度 counts households, the others persons), and whether so small a sample can tell that the threshold is met.
with survey as (
    select
        *,
        cast(cast(survey_year as string) || '-12-31' as date) as judged_on
    from {{ ref('stg_county_survey') }}
),

sampled as (
    select
        *,
        {{ parameter('confidence_z', 'judged_on') }} as z
    from survey
),

rate as (
    {%- for figure, x, n, unit, wording in [
        ('wrong_exit_rate', 'wrongly_exited', 'exited_sampled', '人', '抽查脱贫人口'),
        ('missed_rate', 'missed', 'unregistered_sampled', '人', '抽查村未建档立卡农村人口'),
        ('approval_rate', 'households_approving', 'households_surveyed', '户', '调查总户数')
    ] %}
    select
        county_code, survey_name, survey_year, region, judged_on, '{{ figure }}' as figure, '{{ unit }}' as counted_unit,
        '{{ wording }}' as denominator_wording,
        {{ x }} as found_count, {{ n }} as sample_size, {{ ratio(x, n) }} as value,
        {{ wilson('lower', x, n, 'z') }} as lower_95, {{ wilson('upper', x, n, 'z') }} as upper_95, 'Wilson' as method
    from sampled
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

-- persons grossed up from each rate, with limits
grossed as (
    select
        s.*,
        {%- for name, base in [('wrong', 'exited_persons'), ('omitted', 'unregistered_persons')] %}
        {%- for column in ['value', 'lower_95', 'upper_95'] %}
        s.{{ base }} * {{ name }}.{{ column }} as {{ name }}_{{ column }}{{ ',' if not (name == 'omitted' and loop.last) }}
        {%- endfor %}
        {%- endfor %}
    from sampled as s
    {%- for name, figure in [('wrong', 'wrong_exit_rate'), ('omitted', 'missed_rate')] %}
    inner join rate as {{ name }}
        on
            s.county_code = {{ name }}.county_code and s.survey_name = {{ name }}.survey_name and s.survey_year = {{ name }}.survey_year
            and {{ name }}.figure = '{{ figure }}'
    {%- endfor %}
),

figure as (
    select * from rate
    union all
    select
        county_code, survey_name, survey_year, region, judged_on, 'combined_incidence', '人', population_basis,
        wrongly_exited + missed, exited_sampled + unregistered_sampled,
        {{ ratio('(remaining_persons + wrong_value + omitted_value)', 'population') }},
        {%- for bound, other in [('lower', 'upper'), ('upper', 'lower')] %}
        {{ ratio('(remaining_persons + (' ~ difference_limit(
            bound, 'wrong_value', 'wrong_lower_95', 'wrong_upper_95', '(-omitted_value)', '(-omitted_upper_95)', '(-omitted_lower_95)'
        ) ~ '))', 'population') }},
        {%- endfor %}
        'MOVER (two Wilson rates)'
    from grossed
),

judged as (
    select
        f.*,
        t.figure_name,
        t.threshold,
        t.is_strict,
        t.better,
        {{ reaches('f.value', 't.threshold', 't.better', 't.is_strict') }} as is_met_by_value,
        case
            when f.value is null then 'not computable'
            when t.threshold is null then 'no threshold'
            when {{ reaches('f.lower_95', 't.threshold', 't.better', 't.is_strict') }}
                and {{ reaches('f.upper_95', 't.threshold', 't.better', 't.is_strict') }} then 'met'
            when not {{ reaches('f.lower_95', 't.threshold', 't.better', 't.is_strict') }}
                and not {{ reaches('f.upper_95', 't.threshold', 't.better', 't.is_strict') }} then 'missed'
            else 'cannot be decided'
        end as conclusion
    from figure as f
    left join {{ ref('stg_county_exit_threshold') }} as t
        on f.figure = t.figure and f.region = t.region and f.judged_on >= t.valid_from and f.judged_on <= coalesce(t.valid_to, f.judged_on)
)

select
    county_code, survey_name, survey_year, figure, figure_name, counted_unit, denominator_wording, found_count, sample_size,
    value, lower_95, upper_95, method, cast(threshold as double) as threshold, is_strict, is_met_by_value, conclusion,
    {{ threshold_sentence() }} as sentence
from judged
