select
    identity,
    name_zh as identity_name,
    target,
    scope,
    operator,
    recomputes as is_recomputing,
    sentence
from {{ ref('identity') }}
