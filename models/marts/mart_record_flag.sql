-- What people verify: every record that a rule calls in question, in plain words, with the county's finding where there is one.
{%- set flagged = ['household', 'register_change', 'medical_claim', 'education_grant', 'fund_project', 'rectification', 'exit_summary', 'cumulative_figure'] %}
{%- set columns = 'rule_id, form, town_code, period_start, period_end, column_name, found, other_place, source_file, source_sheet, source_row, source_column' %}

with flag as (
    {%- for name in flagged %}
    select {{ columns }} from {{ ref('int_' ~ name ~ '_flag') }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    f.town_code,
    t.town_name,
    f.period_start,
    f.period_end,
    f.form,
    {{ form_title('f.form') }} as form_title,
    f.rule_id,
    u.rule_name,
    u.severity,
    u.sentence,
    u.legal_source,
    f.column_name,
    f.found,
    f.other_place,
    f.source_file,
    f.source_sheet,
    f.source_row,
    f.source_column,
    r.finding,
    r.reason,
    r.finding is null or r.finding = '属实' as is_open
from flag as f
inner join {{ ref('stg_township') }} as t on f.town_code = t.town_code
inner join {{ ref('stg_record_rule') }} as u on f.rule_id = u.rule_id
left join {{ ref('stg_flag_review') }} as r
    on f.rule_id = r.rule_id and f.source_file = r.source_file and f.source_sheet = r.source_sheet and f.source_row = r.source_row
