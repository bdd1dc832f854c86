select
    identity,
    name_zh as identity_name,
    target,
    operator,
    recomputes as is_recomputing,
    sentence
from {{ ref('identity') }}
