{# Plain Chinese sentences of the comparison, and the words of its methods: what a page or a letter quotes as it stands. #}

{% macro rank_end(start, moved) -%}
  {#- One end of the ranks that chance allows, for mart_town_ranking: null without an interval, 1 where there is no other township. -#}
  case when r.town_count = 1 then 1 when r.pair_lower is not null then {{ start }} + {{ moved }} end
{%- endmacro %}


{% macro comparison_method(kind, limit) -%}
  {#- How two townships are compared; null where nothing can be compared. -#}
  case
    when {{ limit }} is null then null
    when {{ kind }} = 'proportion' then 'Newcombe + Bonferroni'
    when {{ kind }} = 'count_ratio' then 'MOVER (Byar) + Bonferroni'
    else 'MOVER (bootstrap) + Bonferroni'
  end
{%- endmacro %}


{% macro rank_sentence() -%}
  {#- What a rank says, or why there is none; aliases as in mart_town_ranking. -#}
  case
    when p.kind in ('count', 'amount') then '数量和金额随乡镇大小而变，不排名次'
    when f.town_code is null then '没有报送，不排名次'
    when f.verdict = 'contradicts' then '上报数自相矛盾，不排名次'
    when f.verdict = 'suspicious' then '数值超出合理范围，核实前不排名次'
    when f.value is null then '缺分子或分母，无法计算，不排名次'
    when r.town_count is null then '不能比较，不排名次'
    when r.town_count = 1 then '没有其他乡镇可比'
    when r.pair_lower is null then '没有区间（没有台账，或病人、项目太少），名次高低是否出于偶然无法判断'
    when q.undistinguished_count = 0 then '与其余' || cast(r.comparison_count as string) || '个乡镇都分得出高低'
    when q.undistinguished_count = r.comparison_count then '与其余' || cast(r.comparison_count as string) || '个乡镇都分不出高低'
    else
      '与其余' || cast(r.comparison_count as string) || '个乡镇中的' || cast(q.undistinguished_count as string) || '个分不出高低；名次可能在第'
      || cast(1 + q.behind_count as string) || '至第' || cast(r.town_count - q.ahead_count as string) || '之间'
  end
{%- endmacro %}


{% macro printed(value, digits=4) -%}
  {#- A number as text with so many decimals, for the arithmetic on a score sheet. -#}
  cast(cast({{ value }} as decimal(28, {{ digits }})) as string)
{%- endmacro %}


{% macro score_sentence() -%}
  {#- The arithmetic of one line of a score sheet in full, or why there are no points; columns as in mart_score_sheet. -#}
  case
    when verdict = 'missing' then '没有报送，不得分'
    when verdict = 'suspicious' then '数值超出合理范围，核实前不得分'
    when verdict = 'contradicts' then '上报数自相矛盾，不得分'
    when value is null then '缺分子或分母，无法计算，不得分'
    when is_vetoed is null then '否决指标没有可用的数，不得分'
    when is_vetoed then '触发一票否决（' || {{ printed('veto_value') }} || ' 差于 ' || {{ printed('veto_at') }} || '），不得分'
    when point_share >= 1 then '达到满分线（' || {{ printed('full_at') }} || '），得满分 ' || {{ printed('weight', 2) }}
    when point_share <= 0 then '没有越过零分线（' || {{ printed('zero_at') }} || '），得 0 分'
    else
      {{ printed('weight', 2) }} || ' ×（' || {{ printed('zero_at') }} || ' － ' || {{ printed('value') }} || '）÷（' || {{ printed('zero_at') }} || ' － '
      || {{ printed('full_at') }} || '）＝ ' || {{ printed('weight * point_share', 2) }}
  end
{%- endmacro %}


{% macro weight_sentence() -%}
  {#- How firm a score's rank is against its weights; aliases as in mart_score. -#}
  case
    when r.missing_rule_count > 0 then
      '有' || cast(r.missing_rule_count as string) || '项没有可用的数（共' || {{ printed('r.missing_points', 0) }} || '分），总分只含其余各项；'
    else ''
  end || case
    when f.rank_change = 0 then '任一项分值增减五分之一，名次都不变'
    else
      '“' || f.rule_name || '”分值' || case when f.factor < 1 then '减' else '加' end || '五分之一，名次由第' || cast(r.town_rank as string)
      || '变为第' || cast(f.moved_rank as string)
  end
{%- endmacro %}


{% macro percent(value) -%}
  {#- A share as text in percent, two decimals. -#}
  {{ printed('100 * ' ~ value, 2) }} || '%'
{%- endmacro %}


{% macro threshold_sentence() -%}
  {#- Whether a county's exit figure meets its threshold, or the sample is too small to tell; columns as in mart_county_exit. -#}
  case
    when conclusion = 'not computable' then '没有抽查数，无法计算'
    else
      '共抽查' || cast(sample_size as string) || counted_unit || '，为' || {{ percent('value') }} || '（95%区间' || {{ percent('lower_95') }} || '至'
      || {{ percent('upper_95') }} || '）'
      || case
        when conclusion = 'no threshold' then '；没有登记标准'
        else '；标准为' || case when better = 'high' then case when is_strict then '高于' else '不低于' end
          else case when is_strict then '低于' else '不高于' end end || {{ percent('threshold') }} || '：'
          || case conclusion when 'met' then '达到标准' when 'missed' then '没有达到标准' else '这一样本量判定不了是否达到标准' end
      end
  end
{%- endmacro %}
