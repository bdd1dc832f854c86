{{ config(**by_period()) }}
{{ in_force_ledger('register_change', ['village', 'household_no']) }}
