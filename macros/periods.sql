{#
  Models of ledger size are built by period: `dbt build` makes all of them anew; `dbt build --vars '{since: 2020-03-31}'` only the
  partitions of the periods that end on that day or later. A figure never rests on a ledger that ends after it, so what ends before `since`
  stands, unless an input of it changed: then the build stops and says which (int_period_built).
#}

{% macro by_period() -%}
  {#- Config of a model that is built by period: every row of it rests on inputs that end on or before its own period_end. -#}
  {%- set options = {
    'materialized': 'incremental',
    'full_refresh': not var('since', none),
    'pre_hook': '{{ forget_periods(this) }}',
    'on_schema_change': 'fail',
  } -%}
  {%- do options.update(adapter.dispatch('period_storage')()) -%}
  {{- return(options) -}}
{%- endmacro %}

{% macro duckdb__period_storage() -%}
  {{- return({'incremental_strategy': 'append'}) -}}
{%- endmacro %}

{% macro spark__period_storage() -%}
  {{- return({'incremental_strategy': 'insert_overwrite', 'partition_by': ['period_end'], 'file_format': 'parquet'}) -}}
{%- endmacro %}


{% macro and_since(period_end) -%}
  {#- Further condition of a model built by period: the periods that this build makes anew. -#}
  {%- if this and is_incremental() %} and {{ period_end }} >= cast('{{ var("since") }}' as date){% endif -%}
{%- endmacro %}


{% macro forget_periods(relation) -%}
  {#- Before a model is built by period: its partitions from `since` on go, also those that will have no row any more. -#}
  {%- if execute and is_incremental() -%}{{- adapter.dispatch('forget_periods')(relation) -}}{%- endif -%}
{%- endmacro %}

{% macro duckdb__forget_periods(relation) -%}
  delete from {{ relation }} where period_end >= cast('{{ var("since") }}' as date)
{%- endmacro %}

{% macro spark__forget_periods(relation) -%}
  {%- for row in run_query('show partitions ' ~ relation).rows -%}
    {%- set period_end = row[0].removeprefix('period_end=') -%}
    {%- if period_end >= var('since') | string -%}
      {%- do run_query('alter table ' ~ relation ~ " drop if exists partition (period_end = '" ~ period_end ~ "')") -%}
    {%- endif -%}
  {%- endfor -%}
{%- endmacro %}


{% macro fingerprint() -%}
  {#- Aggregate: one text for all columns of all rows, in whatever order they come; two engines give two texts. -#}
  {{- adapter.dispatch('fingerprint')() -}}
{%- endmacro %}

{% macro duckdb__fingerprint() -%}
  cast(sum(hash(*columns(*))) as string)
{%- endmacro %}

{% macro spark__fingerprint() -%}
  cast(sum(cast(xxhash64(*) as decimal(38, 0))) as string)
{%- endmacro %}


{% macro check_since(built, now) -%}
  {#- Stops a build by period where an input of an earlier period is not what the last build was made of. -#}
  {%- if execute and var('since', none) and load_relation(built) -%}
    {%- set changed = run_query(
      "select coalesce(n.input, b.input), min(coalesce(n.period_end, b.period_end)) from " ~ now ~ " as n full outer join " ~ built ~ " as b"
      ~ " on n.input = b.input and coalesce(n.period_end, cast('0001-01-01' as date)) = coalesce(b.period_end, cast('0001-01-01' as date))"
      ~ " where coalesce(n.period_end, b.period_end, cast('0001-01-01' as date)) < cast('" ~ var('since') ~ "' as date)"
      ~ " and (n.fingerprint is null or b.fingerprint is null or n.fingerprint <> b.fingerprint) group by 1 order by 1"
    ).rows -%}
    {%- if changed -%}
      {%- set said = [] -%}
      {%- for input, period_end in changed -%}{%- do said.append(input ~ (' of ' ~ period_end if period_end else '')) -%}{%- endfor -%}
      {%- do exceptions.raise_compiler_error('since ' ~ var('since') ~ ', but earlier inputs changed: ' ~ said | join(', ') ~ '. Give an earlier day, or build all periods (without since).') -%}
    {%- endif -%}
  {%- endif -%}
{%- endmacro %}


{% macro models_fingerprint() -%}
  {#- One text for the code of all seeds and models. -#}
  {%- set sums = [] -%}
  {%- for node in graph.nodes.values() if node.resource_type == 'model' -%}{%- do sums.append(node.checksum.checksum) -%}{%- endfor -%}
  {{- return(local_md5(sums | sort | join)) -}}
{%- endmacro %}


{% macro mark_build(results=none) -%}
  {#-
    How far the work has come: `started` from the beginning of whatever changes tables, `built_` and the models' fingerprint after a
    `dbt build` without failure. A part (--select, --exclude) of something unfinished leaves it unfinished. A build by period goes on from
    nothing but `built_`, nor does zhenshu/spark.py validate and publish anything else.
  -#}
  {%- if execute and flags.WHICH in ('build', 'run', 'seed') -%}
    {%- set built = 'built_' ~ models_fingerprint() -%}
    {%- set before = build_mark() -%}
    {%- if results is none -%}
      {%- set is_whole = models_fingerprint() in before -%}
      {%- if var('since', none) and not is_whole -%}
        {%- do exceptions.raise_compiler_error('since ' ~ var('since') ~ ', but the last build did not come to its end, or the models changed: build all periods once (without since).') -%}
      {%- endif -%}
      {%- set is_part = invocation_args_dict.get('select') or invocation_args_dict.get('exclude') -%}
      {%- do adapter.dispatch('set_build_mark')('started' if is_whole or not is_part else 'unfinished') -%}
    {%- else -%}
      {%- set failed = results | selectattr('status', 'in', ['error', 'fail', 'runtime error']) | list -%}
      {%- do adapter.dispatch('set_build_mark')(built if flags.WHICH == 'build' and not failed and 'started' in before else 'unfinished') -%}
    {%- endif -%}
  {%- endif -%}
{%- endmacro %}

{% macro build_mark() -%}
  {{- return(adapter.dispatch('build_mark')()) -}}
{%- endmacro %}

{% macro duckdb__build_mark() -%}
  {#- A comment of the schema main would do, were it kept; so it is a table of one row. -#}
  {%- set there = run_query("select count(*) from duckdb_tables() where database_name = current_database() and table_name = 'build_mark'").columns[0].values()[0] -%}
  {{- return(run_query('select state from intermediate.build_mark').columns[0].values()[0] if there else '') -}}
{%- endmacro %}

{% macro duckdb__set_build_mark(state) -%}
  {%- do run_query('create schema if not exists intermediate') -%}
  {%- do run_query("create or replace table intermediate.build_mark as select '" ~ state ~ "' as state") -%}
{%- endmacro %}

{% macro spark__build_mark() -%}
  {%- do run_query('create schema if not exists main') -%}
  {{- return(run_query('describe database extended main').rows | map('join', ' ') | join(' ')) -}}
{%- endmacro %}

{% macro spark__set_build_mark(state) -%}
  {%- do run_query('create schema if not exists main') -%}
  {%- do run_query("alter database main set dbproperties ('zhenshu.build' = '" ~ state ~ "')") -%}
{%- endmacro %}
