select
    town_code,
    period_start,
    period_end,
    row_kind,
    fund_level,
    fund_year,
    issued as issued_yuan,
    allocated as allocated_yuan,
    disbursed as disbursed_yuan,
    paid as paid_yuan,
    reimbursed as reimbursed_yuan,
    reported_rate as reported_rate_share,
    reported_rate_basis,
    source_file,
    source_sheet,
    source_row,
    source_column
from {{ ref('fund_summary') }}
