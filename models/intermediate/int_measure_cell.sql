-- The cells that a reported figure rests on: those that state it, and those of its parts; which of the two a rule uses is its own affair.
-- is_own: the figure's own value (parts, where they are whole); is_stated: what the sheet states for it (its parts where it states nothing).
select
    r.town_code,
    r.period_start,
    r.period_end,
    r.indicator,
    r.breakdown_by,
    r.breakdown,
    r.figure_role,
    r.source_file,
    r.source_sheet,
    r.cell,
    r.value,
    (f.part_sum is not null and r.figure_role = 'part') or (f.part_sum is null and r.figure_role <> 'part') as is_own,
    r.figure_role <> 'part' or not (f.has_parts_and_whole or f.is_of_which) as is_stated
from {{ ref('int_figure_role') }} as r
inner join {{ ref('int_figure_broken_down') }} as f
    on {{ same_place('r', 'f') }} and r.indicator = f.indicator
where r.figure_role is not null
