-- What does not add up in problems found and closed. 基本完成 is not yet closed.
{%- set rules = {
    'R01': ('closed_on', 'closed_on < found_on', '发现时间 {found_on}；销号时间 {closed_on}'),
    'R02': ('closed_on', "status = '已整改' and closed_on is null", '整改状态 {status}；销号时间 空白'),
    'R03': ('status', "status <> '已整改' and closed_on is not null", '整改状态 {status}；销号时间 {closed_on}'),
    'R05': ('due_on', 'due_on < found_on', '发现时间 {found_on}；整改时限 {due_on}'),
    'R06': ('issue_no', 'same_number_place is not null', '问题编号与另一行相同；问题来源 {source}', 'same_number'),
    'R07': ('found_on', 'found_on > period_end', '发现时间 {found_on}；统计期止于 {period_end}'),
} %}

with record as (
    select
        *,
        {{ place() }} as place
    from {{ ref('int_rectification') }}
)
{{- flag_rows("'rectification'", rules, pairs={
    'same_number':
        'a.town_code = b.town_code and a.period_start = b.period_start and a.period_end = b.period_end and a.issue_no = b.issue_no',
}) }}
