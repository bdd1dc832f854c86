{{ config(**by_period()) }}
{{ in_force_ledger('fund_project', ['project_no', 'project_name', 'village', 'category', 'beneficiary_household_count']) }}
