-- Which ledgers a figure of some period is recomputed from. A stock comes from the ledger of the same day; a flow from the ledger of the
-- same period, else from ledgers that cover the period day by day, without gap or overlap. Otherwise there is no row: unknown, not less.
{%- set figure = 'form, town_code, period_start, period_end' %}
with sent as (
    select distinct form, town_code, period_start, period_end
    from {{ ref('stg_submission') }}
    where is_in_force
),

ledger as (
    {%- for form, about in ledgers().items() %}
    select form, town_code, period_start, period_end, '{{ about.measured }}' as measured from sent
where form = '{{ form }}'
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

wanted as (
    select form, town_code, period_start, period_end from ledger
    {%- for form, about in ledgers().items() %}
    union
    select '{{ form }}' as form, town_code, period_start, period_end
    from sent
    where form in ('{{ about.summaries | join("', '") }}')
    {%- endfor %}
),

usable as (
    select
        w.form,
        w.town_code,
        w.period_start,
        w.period_end,
        l.measured,
        l.period_start as ledger_start,
        l.period_end as ledger_end,
        l.period_start = w.period_start and l.period_end = w.period_end as is_same,
        lag(l.period_end) over (
            partition by w.form, w.town_code, w.period_start, w.period_end order by l.period_start, l.period_end
        ) as before_end
    from wanted as w
    inner join ledger as l
        on
            w.form = l.form
            and w.town_code = l.town_code
            and (
                (l.measured = 'stock' and w.period_end = l.period_end)
                or (l.measured = 'flow' and w.period_start <= l.period_start and w.period_end >= l.period_end)
            )
),

judged as (
    select
        *,
        max(case when is_same then 1 else 0 end) over (partition by {{ figure }}) = 1 as has_same,
        -- of two stocks of one day the one that begins last has the more exact title
        max(ledger_start) over (partition by {{ figure }}) as last_start,
        min(ledger_start) over (partition by {{ figure }}) as first_start,
        max(ledger_end) over (partition by {{ figure }}) as last_end,
        min(
            case when before_end is null or ledger_start = cast({{ dbt.dateadd('day', 1, 'before_end') }} as date) then 1 else 0 end
        ) over (partition by {{ figure }}) = 1 as is_gapless,
        -- a school year ends in August, its spring term in July
        case
            when form = 'education_grant' and month(period_end) = 8 then cast({{ dbt.dateadd('day', -31, 'period_end') }} as date)
            else period_end
        end as needed_end
    from usable
)

select
    form,
    town_code,
    period_start,
    period_end,
    ledger_start,
    ledger_end
from judged
where
    is_same
    or (not has_same and measured = 'stock' and ledger_start = last_start)
    or (not has_same and measured = 'flow' and is_gapless and first_start = period_start and last_end >= needed_end)
