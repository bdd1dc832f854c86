-- Each figure under every breakdown it speaks for, and its role there: part of a sum, stated for the whole, or 其中 item.
-- A rate is never added up, an 其中 item speaks for its most specific dimension only.
with figure as (
    select * from {{ ref('int_reported_figure') }}
),

exploded as (
    select
        f.*,
        'total' as breakdown_by,
        '合计' as breakdown,
        f.dimension_count as other_dimension_count
    from figure as f
    where f.row_kind <> 'of_which'
    {%- for name in dimensions() %}
    union all
    select
        f.*,
        '{{ name }}' as breakdown_by,
        f.{{ name }} as breakdown,
        f.dimension_count - {{ "case when f.row_kind = 'total' then 1 else 0 end" if name == 'fund_year' else '1' }} as other_dimension_count
    from figure as f
    where f.{{ name }} is not null
        {%- if not loop.last %}
        and (f.row_kind <> 'of_which' or coalesce({{ dimensions()[loop.index:] | map('replace', '', 'f.', 1) | join(', ') }}) is null)
        {%- endif %}
    {%- endfor %}
)

select
    *,
    case
        -- one student with two programs is one person: persons by program are no parts of anything else
        when overlapping_by = 'program' and program is not null and breakdown_by <> 'program' then null
        when kind in ('proportion', 'money_ratio', 'rate') then case when other_dimension_count = 0 then 'stated' end
        when row_kind = 'detail' then 'part'
        when row_kind = 'of_which' then 'of_which'
        when other_dimension_count = 0 then 'stated'
    end as figure_role
from exploded
