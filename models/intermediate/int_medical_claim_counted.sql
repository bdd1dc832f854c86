{{ config(**by_period()) }}
{{ ledger_counted('medical_claim', [
    ('visit_type', 'visit_type'),
    ('village', 'village'),
], dict({
    'medical_visits': 'count(*)',
    'medical_visits_in_county': count_where('is_in_county'),
}, **summed_money('medical_claim'))) }}
