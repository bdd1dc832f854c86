-- A review of a flag stands with its flag: 属实 and 误报 speak of one that is there, 已修正 of one that must be gone.
{{ config(meta={'says': true}) }}
-- at the end of the graph, so that everything else is built and checked: depends_on: {{ ref('expectation_result') }}
select
    r.rule_id,
    r.source_file,
    r.source_sheet,
    r.source_row,
    r.finding,
    '核实（' || r.rule_id || ' ' || r.finding || '）' || r.source_file || '/' || r.source_sheet || ' 第 '
    || cast(r.source_row as {{ dbt.type_string() }}) || ' 行：'
    || case
        when r.finding = '已修正' then '疑点仍在，表格或更正没有改到这一处'
        else '所指的疑点已不在，表格已改或行号已变，请核对后删去这一条或改为已修正'
    end as message
from {{ ref('stg_flag_review') }} as r
left join (
    select distinct rule_id, source_file, source_sheet, source_row from {{ ref('mart_record_flag') }}
) as f
    on r.rule_id = f.rule_id and r.source_file = f.source_file and r.source_sheet = f.source_sheet and r.source_row = f.source_row
where (r.finding = '已修正' and f.rule_id is not null) or (r.finding <> '已修正' and f.rule_id is null)
