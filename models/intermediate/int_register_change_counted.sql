-- 脱贫 and 返贫 change a household's status only; the register changes by the others.
{{ ledger_counted('register_change', {'change_type': 'change_type', 'village': 'village'}, {
    'changed_persons': whole_sum('person_count'),
    'register_net_persons': whole_sum("case when change_type in ('新识别', '补录', '自然增加', '迁入') then person_count when change_type in ('自然减少', '清退', '迁出') then -person_count when change_type is not null then 0 end"),
}) }}
