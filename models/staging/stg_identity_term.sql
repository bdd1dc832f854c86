select
    identity,
    measure,
    sign,
    is_required
from {{ ref('identity_term') }}
