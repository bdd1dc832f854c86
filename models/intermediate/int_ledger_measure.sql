-- Every figure that the ledgers give: the other basis beside what was reported.
select * from {{ ref('int_ledger_counted') }}
where value is not null
