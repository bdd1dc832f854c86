-- Who has sent what, when and in which version. A file with several forms has its problems once.
with problem as (
    select
        s.form,
        s.town_code,
        s.period_start,
        s.period_end,
        s.version,
        count(*) as problem_count,
        count(case when p.severity = 'error' then 1 end) as error_count
    from (select distinct form, town_code, period_start, period_end, version, source_file from {{ ref('stg_submission') }}) as s
    inner join {{ ref('stg_intake_problem') }} as p on s.source_file = p.source_file and coalesce(p.form, s.form) = s.form
    group by s.form, s.town_code, s.period_start, s.period_end, s.version
),

revised as (
    select form, town_code, period_start, period_end, version, count(*) as changed_figure_count
    from {{ ref('int_figure_revision') }}
    group by form, town_code, period_start, period_end, version
)

select
    j.town_code,
    t.town_name,
    j.form,
    {{ form_title('j.form') }} as form_title,
    j.period_start,
    j.period_end,
    j.version,
    j.due_on,
    j.received_on,
    j.status,
    cast(case when j.received_on > j.due_on then {{ dbt.datediff('j.due_on', 'j.received_on', 'day') }} end as bigint) as days_late,
    cast(j.file_count as bigint) as file_count,
    cast(j.village_count as bigint) as village_count,
    cast(j.row_count as bigint) as row_count,
    cast(coalesce(p.problem_count, case when j.version is not null then 0 end) as bigint) as problem_count,
    cast(coalesce(p.error_count, case when j.version is not null then 0 end) as bigint) as error_count,
    j.is_in_force,
    cast(case when j.version > 1 then coalesce(r.changed_figure_count, 0) end as bigint) as changed_figure_count,
    j.source_file
from {{ ref('int_submission_status') }} as j
inner join {{ ref('stg_township') }} as t on j.town_code = t.town_code
{%- for alias, relation in {'p': 'problem', 'r': 'revised'}.items() %}
left join {{ relation }} as {{ alias }}
    on
        j.form = {{ alias }}.form and j.town_code = {{ alias }}.town_code and j.period_start = {{ alias }}.period_start
        and j.period_end = {{ alias }}.period_end and j.version = {{ alias }}.version
{%- endfor %}
