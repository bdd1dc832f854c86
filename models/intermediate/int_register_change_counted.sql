-- 脱贫 and 返贫 change a household's status only; the register changes by the others.
{{ config(**by_period()) }}
{{ ledger_counted('register_change', [
    ('change_type', 'change_type'),
    ('village', 'village'),
], {
    'changed_persons': whole_sum('person_count'),
    'register_net_persons': whole_sum(register_effect()),
}) }}
