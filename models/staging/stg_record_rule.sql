select
    rule_id,
    form,
    severity,
    name_zh as rule_name,
    sentence,
    legal_source,
    valid_from,
    valid_to
from {{ ref('record_rule') }}
