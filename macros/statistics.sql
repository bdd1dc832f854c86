{#
  Statistics, one definition each, as SQL expressions that any engine evaluates: no list functions, no engine's own quantiles.
  Arguments are SQL expressions; a result is null where an argument is null or where the statistic has no meaning (greatest and least
  pass over nulls, hence the guards).
#}

{% macro wilson(bound, x, n, z) -%}
  {#-
    Wilson score interval for a proportion x of n (Wilson 1927); bound is 'lower' or 'upper', z the normal quantile (1.959964 for 95 %).
    Null unless 0 <= x <= n and n > 0. Not for money: 万元 are no independent trials.
  -#}
  {%- set p -%} cast({{ x }} as double) {%- endset -%}
  {%- set m -%} cast({{ n }} as double) {%- endset -%}
  {%- set q -%} cast({{ z }} as double) {%- endset -%}
  case when {{ x }} >= 0 and {{ x }} <= {{ n }} and {{ n }} > 0 and {{ z }} is not null then
    {{ "greatest(0e0, " if bound == 'lower' else "least(1e0, " -}}
    (2 * {{ p }} + {{ q }} * {{ q }} {{ '-' if bound == 'lower' else '+' }} {{ q }} * sqrt({{ q }} * {{ q }} + 4 * {{ p }} * (1 - {{ p }} / nullif({{ m }}, 0))))
    / nullif(2 * ({{ m }} + {{ q }} * {{ q }}), 0))
  end
{%- endmacro %}


{% macro byar(bound, x, z) -%}
  {#-
    Byar's limits for a count of events x >= 0 (Breslow & Day 1987): within 0.2 % of the exact ones from 10 events on.
    In events; divide by the exposure for a rate. The lower limit of 0 is 0. Null for negative counts.
  -#}
  {%- set c -%} (cast({{ x }} as double) + {{ 0 if bound == 'lower' else 1 }}) {%- endset -%}
  case
    when {{ x }} < 0 or {{ x }} is null or {{ z }} is null then null
    {%- if bound == 'lower' %}
    when {{ x }} = 0 then 0e0
    else {{ c }} * power(greatest(0e0, 1 - 1 / nullif(9 * {{ c }}, 0) - cast({{ z }} as double) / nullif(3 * sqrt({{ c }}), 0)), 3)
    {%- else %}
    else {{ c }} * power(1 - 1 / nullif(9 * {{ c }}, 0) + cast({{ z }} as double) / nullif(3 * sqrt({{ c }}), 0), 3)
    {%- endif %}
  end
{%- endmacro %}


{% macro poisson_limit(bound, x, z, exact) -%}
  {#-
    Limits of a count of events: Byar's from 10 on; below, `exact` (the chi-squared limit of exact_poisson_limit.csv for this count),
    as the public health profiles of England do it (PHEindicatormethods).
  -#}
  case when {{ x }} >= 10 then {{ byar(bound, x, z) }} else {{ exact }} end
{%- endmacro %}


{% macro upper_normal_quantile(tail) -%}
  {#-
    z with P(Z > z) = tail for a standard normal Z: Wichura 1988 (AS 241, PPND16), the branch for the tails; relative error 1e-15.
    Null unless 1.4e-11 <= tail < 0.075, where that branch holds.
  -#}
  {%- set r -%} (sqrt(-ln(cast({{ tail }} as double))) - 1.6e0) {%- endset -%}
  {%- set above = ['7.7454501427834140764e-4', '2.27238449892691845833e-2', '2.4178072517745061177e-1', '1.27045825245236838258e0',
    '3.64784832476320460504e0', '5.7694972214606914055e0', '4.6303378461565452959e0', '1.42343711074968357734e0'] -%}
  {%- set below = ['1.05075007164441684324e-9', '5.475938084995344946e-4', '1.51986665636164571966e-2', '1.4810397642748007459e-1',
    '6.8976733498510000455e-1', '1.6763848301838038494e0', '2.05319162663775882187e0', '1e0'] -%}
  case when {{ tail }} >= 1.4e-11 and {{ tail }} < 0.075 then {{ horner(above, r) }} / nullif({{ horner(below, r) }}, 0) end
{%- endmacro %}


{% macro horner(coefficients, x) -%}
  {#- A polynomial in x, its coefficients from the highest power down. -#}
  {{ '(' * (coefficients | length - 1) }}{{ coefficients[0] }}
  {%- for c in coefficients[1:] %} * {{ x }} + {{ c }}){% endfor %}
{%- endmacro %}


{% macro difference_limit(bound, a, a_lower, a_upper, b, b_lower, b_upper) -%}
  {#-
    Limits of a - b from the limits of each: Newcombe 1998 (method 10, hybrid score) when those are Wilson's, the method of variance
    estimates recovery (Zou & Donner 2008) when they are others. Holds at 0 and 100 %, where the unpooled z statistic divides by zero.
  -#}
  {%- if bound == 'lower' -%}
  {{ a }} - {{ b }} - sqrt(power({{ a }} - {{ a_lower }}, 2) + power({{ b_upper }} - {{ b }}, 2))
  {%- else -%}
  {{ a }} - {{ b }} + sqrt(power({{ a_upper }} - {{ a }}, 2) + power({{ b }} - {{ b_lower }}, 2))
  {%- endif -%}
{%- endmacro %}


{% macro chance_variance(kind, pooled, n, margin, z) -%}
  {#-
    Variance of a town's figure if only chance set it apart from the pooled mean: binomial for a proportion of n, Poisson for a count
    over a planned count n, and for a money ratio that of its own resampling (margin: half its interval at z).
  -#}
  case
    when {{ kind }} = 'proportion' then {{ pooled }} * (1 - {{ pooled }}) / nullif({{ n }}, 0)
    when {{ kind }} = 'count_ratio' then {{ pooled }} / nullif({{ n }}, 0)
    when {{ kind }} = 'money_ratio' then power({{ margin }} / nullif(cast({{ z }} as double), 0), 2)
  end
{%- endmacro %}


{% macro funnel_limit(bound, pooled, variance, z, inflation, ceiling) -%}
  {#-
    Funnel limit around the pooled mean (Spiegelhalter 2005): pooled -+ z * sqrt(inflation * variance), kept at or above 0 and at or
    below `ceiling` (1 for shares). inflation is 1, or phi where the towns vary more than chance.
  -#}
  case when {{ inflation }} * {{ variance }} is not null then
    {%- if bound == 'lower' %}
    greatest(0e0, {{ pooled }} - cast({{ z }} as double) * sqrt({{ inflation }} * {{ variance }}))
    {%- else %}
    least(cast({{ ceiling }} as double), {{ pooled }} + cast({{ z }} as double) * sqrt({{ inflation }} * {{ variance }}))
    {%- endif %}
  end
{%- endmacro %}


{% macro winsor_cut(z, bound) -%}
  {#- Aggregate: the value to which the lowest or highest tenth of z is pulled in, so that no single town makes all others ordinary. -#}
  percentile_cont({{ 0.1 if bound == 'lower' else 0.9 }}) within group (order by {{ z }})
{%- endmacro %}


{% macro overdispersion(z, lower, upper) -%}
  {#-
    Aggregate phi: the mean square of the winsorised z scores, about 1 or less when chance alone sets the towns apart (Spiegelhalter
    2005). Added up as decimals: the same in whatever order the rows come.
  -#}
  cast(sum(cast(power(least(greatest({{ z }}, {{ lower }}), {{ upper }}), 2) as decimal(28, 12))) as double) / nullif(count({{ z }}), 0)
{%- endmacro %}


{% macro is_overdispersed(phi, town_count) -%}
  {#- Limits are widened only where the towns vary more than their number explains: I * phi > I - 1 (Spiegelhalter 2005). -#}
  {{ town_count }} * {{ phi }} > {{ town_count }} - 1
{%- endmacro %}


{% macro variance_between(value, pooled, n, per_unit) -%}
  {#-
    Aggregate, variance of the true figures between towns by moments (Marshall 1991, after Clayton & Kaldor 1987):
    max(0, sum n (p - m)^2 / sum n - v / mean n), where v is the variance of one unit of n: m (1 - m), or m for counts over a plan.
  -#}
  greatest(
    0e0,
    cast(sum(cast({{ n }} * power({{ value }} - {{ pooled }}, 2) as decimal(28, 12))) as double) / nullif(cast(sum({{ n }}) as double), 0)
    - max({{ per_unit }}) * count({{ n }}) / nullif(cast(sum({{ n }}) as double), 0)
  )
{%- endmacro %}


{% macro empirical_bayes(value, pooled, between, variance) -%}
  {#-
    A town's figure drawn towards the pooled mean, the more the smaller the town: m + A / (A + v) * (p - m) (Marshall 1991). Shown beside
    the figure, never instead: it assumes that the towns are of one kind.
  -#}
  {{ pooled }} + coalesce({{ between }} / nullif({{ between }} + {{ variance }}, 0), 0) * ({{ value }} - {{ pooled }})
{%- endmacro %}


{% macro resampling_blocks() -%}
  {#- Numbers of the digests of one resampled unit; each gives eight replicates, 200 in all. -#}
  {{- return(range(25)) -}}
{%- endmacro %}


{% macro poisson_weight(digits) -%}
  {#-
    How often a unit is drawn in one replicate: a Poisson(1) number by inversion from four hexadecimal digits of a digest, which is the same
    on every run and engine. Poisson weights are the bootstrap without a fixed total (Chamandy, Muralidharan, Najmi & Naidu 2012).
  -#}
  case
    {%- for digits_below in ['5e2d', 'bc5b', 'eb71', 'fb24', 'ff10', 'ffd9', 'fffb'] %}
    when {{ digits }} < '{{ digits_below }}' then {{ loop.index0 }}
    {%- endfor %}
    else 7
  end
{%- endmacro %}


{% macro score_share(value, full_at, zero_at, better) -%}
  {#-
    Share of a rule's points, piecewise linear: (zero_at - x) / (zero_at - full_at), kept between 0 and 1; the house style of official score
    sheets; to nine decimals, so that half the points are half the points. Where both lines are one, all or nothing: full at it or on its better side.
  -#}
  case
    when {{ value }} is null then null
    when {{ full_at }} = {{ zero_at }} then
      case when {{ value }} = {{ full_at }} or ({{ better }} = 'high') = ({{ value }} > {{ full_at }}) then 1e0 else 0e0 end
    else round(least(1e0, greatest(0e0,
      (cast({{ zero_at }} as double) - {{ value }}) / nullif(cast({{ zero_at }} as double) - cast({{ full_at }} as double), 0)
    )), 9)
  end
{%- endmacro %}
