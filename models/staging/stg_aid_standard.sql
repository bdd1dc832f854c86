select
    stage,
    program,
    min_per_term as min_per_term_yuan,
    max_per_term as max_per_term_yuan,
    valid_from,
    valid_to
from {{ ref('aid_standard') }}
