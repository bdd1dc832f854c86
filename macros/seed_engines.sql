{# What the seed materialization asks of each engine: whether a file is there, which columns it has, and its rows as a relation. #}

{% macro seed_exists(root, path, model) -%}
  {#- Whether a CSV file, or a Parquet file or folder, is at `path`, which lies below `root`/seeds. -#}
  {{- return(adapter.dispatch('seed_exists')(root, path, model)) -}}
{%- endmacro %}

{% macro duckdb__seed_exists(root, path, model) -%}
  {%- set file = path | replace("'", "''") -%}
  {{- return(run_query("select count(*) from glob('" ~ file ~ "') union all select count(*) from glob('" ~ file ~ "/**/*.parquet')").columns[0].values() | sum > 0) -}}
{%- endmacro %}

{% macro spark__seed_exists(root, path, model) -%}
  {#- Spark SQL has no glob: the files below seeds/ as a table, of which only the paths are read. -#}
  {%- set listing = 'seed_files_' ~ model.name -%}
  {%- do run_query("create or replace temporary view " ~ listing ~ " using binaryFile options (path '" ~ root | replace("'", "''") ~ "/seeds', recursiveFileLookup 'true')") -%}
  {%- set ending = path.removeprefix(root) | replace("'", "''") -%}
  {%- set count = "select count(*) from " ~ listing ~ " where endswith(path, '" ~ ending ~ "') or contains(path, '" ~ ending ~ "/')" -%}
  {{- return(run_query(count).columns[0].values()[0] > 0) -}}
{%- endmacro %}


{% macro seed_columns(file, model) -%}
  {#- {name: type} of a file's columns in its own order; a CSV's types say nothing. -#}
  {{- return(adapter.dispatch('seed_columns')(file, model)) -}}
{%- endmacro %}

{% macro duckdb__seed_columns(file, model) -%}
  {%- set columns = {} -%}
  {%- if file.format == 'parquet' -%}
    {%- set listed = "select column_name, column_type from (describe select * from " ~ duckdb__seed_rows(file, model, {}, {}) ~ ")" -%}
    {%- for name, type in run_query(listed).rows -%}{%- do columns.update({name: type | lower | replace('integer', 'int')}) -%}{%- endfor -%}
  {%- else -%}
    {%- for name in first_line(file.path, config.get('delimiter', ',')) -%}{%- do columns.update({name: ''}) -%}{%- endfor -%}
  {%- endif -%}
  {{- return(columns) -}}
{%- endmacro %}

{% macro first_line(path, delimiter) -%}
  {#- Names in a CSV's first line, in order. DuckDB's sniffer would take another line for the header where a row has a field too many. -#}
  {%- set names = [] -%}
  {%- set first = run_query(
      "select line from read_csv('" ~ path ~ "', columns = {'line': 'varchar'}, header = false, auto_detect = false, "
      ~ "delim = '\x01', quote = '', escape = '', strict_mode = false, encoding = 'utf-8') limit 1"
  ).columns[0].values() -%}
  {%- set mark = modules.re.escape(delimiter) -%}
  {%- set line = (first[0] | string).strip('\ufeff\r') if first else '' -%}
  {%- for name in modules.re.findall('(?:^|' ~ mark ~ ')("(?:[^"]|"")*"|[^' ~ mark ~ ']*)', line) if line -%}
    {%- do names.append(name[1:-1] | replace('""', '"') if name.startswith('"') else name) -%}
  {%- endfor -%}
  {{- return(names) -}}
{%- endmacro %}

{% macro spark__seed_columns(file, model) -%}
  {%- set head = api.Relation.create(identifier='seed_head_' ~ model.name) -%}
  {%- set read = "csv options (path '" ~ file.path ~ "', header 'true', sep '" ~ config.get('delimiter', ',') ~ "')" if file.format == 'csv'
    else "parquet options (path '" ~ file.path ~ "')" -%}
  {%- do run_query('create or replace temporary view ' ~ head ~ ' using ' ~ read) -%}
  {%- set columns = {} -%}
  {%- for column in adapter.get_columns_in_relation(head) -%}{%- do columns.update({column.name: column.dtype}) -%}{%- endfor -%}
  {{- return(columns) -}}
{%- endmacro %}


{% macro seed_rows(file, model, types, found) -%}
  {#- A relation that reads the file strictly: UTF-8, "" within quotes for a quote, blank is null, what does not fit its type is an error. -#}
  {{- return(adapter.dispatch('seed_rows')(file, model, types, found)) -}}
{%- endmacro %}

{% macro duckdb__seed_rows(file, model, types, found) -%}
  {%- if file.format == 'parquet' -%}
    {{- return("read_parquet('" ~ file.path ~ ("/**/*.parquet" if run_query("select count(*) from glob('" ~ file.path ~ "')").columns[0].values()[0] == 0 else '') ~ "')") -}}
  {%- endif -%}
  {%- set named -%}
    {%- if types %}, columns = {{ '{' }}{% for name in found %}'{{ name | replace("'", "''") }}': '{{ types[name] }}'{{ ', ' if not loop.last }}{% endfor %}{{ '}' }}{% endif -%}
  {%- endset -%}
  {{- return(
    "read_csv('" ~ file.path ~ "', header = true, delim = '" ~ config.get('delimiter', ',') ~ "', quote = '\"', escape = '\"', encoding = 'utf-8', "
    ~ "nullstr = '', strict_mode = true, null_padding = false, auto_detect = " ~ ('false' if types else 'true') ~ named ~ ")"
  ) -}}
{%- endmacro %}

{% macro spark__seed_rows(file, model, types, found) -%}
  {%- if file.format == 'parquet' -%}{{- return('seed_head_' ~ model.name) -}}{%- endif -%}
  {%- set rows = 'seed_rows_' ~ model.name -%}
  {%- set named -%}({% for name in found %}{{ adapter.quote(name) }} {{ types.get(name, 'string') }}{{ ', ' if not loop.last }}{% endfor %}){%- endset -%}
  {%- do run_query(
    'create or replace temporary view ' ~ rows ~ ' ' ~ named ~ " using csv options (path '" ~ file.path ~ "', header 'true', sep '"
    ~ config.get('delimiter', ',') ~ "', quote '\"', escape '\"', encoding 'UTF-8', nullValue '', multiLine 'true', mode 'FAILFAST', "
    ~ "enforceSchema 'false', dateFormat 'yyyy-MM-dd', maxCharsPerColumn '-1')"
  ) -%}
  {{- return(rows) -}}
{%- endmacro %}
