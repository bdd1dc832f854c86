-- What does not fit in the changes of the register, against the register itself.
{%- set size = '变动类型 {change_type}；人数 {person_count}；变动前家庭人口数 {member_count_before}' %}
{%- set rules = {
    'C01': (
        'changed_on', 'changed_on < period_start or changed_on > period_end', '变动时间 {changed_on}；统计期 {period_start} 至 {period_end}',
    ),
    'C02': ('household_no', 'not is_known_household', '变动类型 {change_type}；户编号不在户台账中'),
    'C03': ('persons', 'person_difference < 0 and person_count > member_count_before', size),
    'C04': (
        'persons',
        "change_type in ('脱贫', '返贫') and person_count <> member_count_before and person_count <> member_count_by_evening", size,
    ),
    'C05': ('household_no', 'same_change_place is not null', '户编号、变动类型 {change_type}、变动时间 {changed_on} 与另一行相同', 'same_change'),
    'C06': ('persons', 'person_count = 0', '变动类型 {change_type}；人数 {person_count}'),
} %}

with record as (
    select *
    from {{ ref('int_register_change_sized') }}
)
{{- flag_rows("'register_change'", rules, pairs={
    'same_change': 'a.town_code = b.town_code and a.household_no = b.household_no and a.change_type = b.change_type '
        ~ 'and a.changed_on = b.changed_on and ' ~ not_resent('a', 'b'),
}) }}
