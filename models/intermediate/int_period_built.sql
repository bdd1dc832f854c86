-- The inputs of the build that these tables are of: a later build by period starts from them.
{{ config(pre_hook="{{ check_since(this, ref('int_period_input')) }}") }}
select * from {{ ref('int_period_input') }}
