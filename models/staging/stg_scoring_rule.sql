select
    rule_id,
    name_zh as rule_name,
    indicator,
    weight,
    full_at,
    zero_at,
    veto_indicator,
    veto_at,
    valid_from,
    valid_to,
    legal_source,
    is_verified
from {{ ref('scoring_rule') }}
