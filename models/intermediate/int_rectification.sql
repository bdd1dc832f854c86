{{ config(**by_period()) }}
{{ in_force_ledger('rectification', ['issue_no', 'source', 'village']) }}
