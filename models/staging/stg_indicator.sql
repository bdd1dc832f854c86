-- form_column "reported_ratio@总费用" means the column reported_ratio where its 口径 says 总费用
select
    code as indicator,
    name_zh as indicator_name,
    subject,
    kind,
    unit,
    measured,
    form,
    split_part(form_column, '@', 1) as form_column,
    nullif(split_part(form_column, '@', 2), '') as form_basis,
    numerator,
    denominator,
    denominator_wording,
    better,
    parts,
    overlapping_by,
    breakdown,
    plausible_min,
    plausible_max,
    aliases,
    valid_from,
    valid_to
from {{ ref('indicator') }}
