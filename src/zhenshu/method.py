"""Method: what every figure means and how it comes about, straight from the registries."""

from IPython.display import HTML
from markupsafe import Markup

from .contract import forms
from .county import County
from .figures import NONE, Row, figure
from .markup import Grid, Line, Shown, badge, heading, paragraph, plain_number
from .town_page import SEVERITIES, subject_of
from .words import name_of, registry_text, t

KINDS = {
    "proportion": "比例",
    "money_ratio": "资金比例",
    "count_ratio": "件数与计划数之比",
    "rate": "平均数",
    "amount": "金额",
    "count": "计数",
}
BETTER = {"high": "越高越好", "low": "越低越好", "none": "不评优劣"}
SCORING = ("编号", "评分项", "指标", "分值", "满分线", "零分线", "否决指标", "否决线", "有效期", "依据", "与原文核对")
SCOPES = {"form": "一张表之内", "ledger": "汇总表与台账之间", "time": "前后各期之间", "blank": "有空白时"}
MEANINGS = {
    "contradicts": "上报的数之间不符合勾稽关系：不发布指标值，两边都列出。",
    "differs": "重算值与上报数的差超过上报数末位的半个单位：两个数都照实列出。",
    "suspicious": "超出合理范围，疑为单位或填写有误，请核实。",
    "not computable": "缺分子或分母。空白是未知，不当作0。",
    "not reported": "没有上报这个数，只有重算值。",
    "agrees": "重算值与上报数的差不超过上报数末位的半个单位。",
    "unchecked": "没有台账、分项或勾稽关系可供核对，上报数照列，不算一致。",
    "suppressed": "公开版中健康、教育等方面不足五人的数，以及可据以推算出它的数。",
}
RULES = (
    ("95%区间", "用 Wilson 法计算，只用于人、户、个数之比：同样的情形重复发生，只凭偶然会落在什么范围。资金比例不是抽样的结果，不用此法。"),
    ("百分数", "保留一位小数；上报数写得更细的与上报数同位；不足1%的至少两位有效数字。四舍五入，不满100%的不写成100%。"),
    ("金额", "1万元及以上用万元表示，一位不舍；平均数保留到分。"),
    ("全县", "比例是各乡镇分子之和除以分母之和，不是各乡镇比例的平均；自相矛盾、无法计算的乡镇不计入，并注明缺几个。"),
    ("逐期", "流量为年初至该期末的累计，存量为该期末的数。"),
)


def verdicts(county: County) -> HTML:
    """What each verdict means, where intervals come from, how figures are rounded."""
    shown = (v for v in MEANINGS if v != "suppressed" or county.is_public)
    items = Markup("").join(Markup("<dt>{}</dt><dd>{}</dd>").format(badge(v), t(MEANINGS[v])) for v in shown)
    rules = Markup("").join(Markup("<dt>{}</dt><dd>{}</dd>").format(t(head), t(text)) for head, text in RULES)
    return HTML(heading(t("核对结论与读法"), "verdicts") + Markup('<dl class="notes">{}{}</dl>').format(items, rules))


def indicators(county: County) -> HTML:
    """The registry of indicators with targets, and what towns report outside it."""
    text = heading(t("指标"), "indicators")
    if not county.registry:
        return HTML(text + paragraph(t("库中没有指标登记表。"), "warning"))
    heads = [t(h) for h in ("指标", "类别与单位", "分子 ÷ 分母", "分母口径", "方向", "目标", "区间", "有效期", "依据")]
    lines = [_indicator_line(county, code, r) for code, r in county.registry.items()]
    text += Grid("method_indicators", t("指标登记表"), heads, lines, filters=(1,)).html()
    outside = {c: r for c, r in county.indicators.items() if c not in county.registry}
    if outside:
        named = t("、").join(f"{r['indicator_name']}（{r['unit']}）" for r in outside.values())
        text += paragraph(t("登记之外、按上报原名列出的指标：{names}。", names=named), "note")
    return HTML(text)


def _indicator_line(county: County, code: str, row: Row) -> Line:
    name = name_of(county.registry, code)
    label = Shown(Markup('<span id="i-{}">{}</span><small>{}</small>').format(code, name, subject_of(row)), name)
    formula = ""
    if row["numerator"]:
        formula = f"{name_of(county.registry, row['numerator'])} ÷ {name_of(county.registry, row['denominator'])}"
    targets = [
        f"{figure(r['target'], row['unit'])}{t('（严格）') if r['is_strict'] else ''}：{r['source']}"
        for r in county.targets
        if r["indicator"] == code
    ]
    method = t("Wilson") if row["kind"] == "proportion" else NONE
    valid = f"{row['valid_from']}—{row['valid_to'] or t('现行')}"
    kind = f"{t(KINDS[row['kind']])} {'%' if row['unit'] == 'share' else t(row['unit'])}"
    return Line(
        [
            label,
            kind,
            formula,
            row["denominator_wording"],
            t(BETTER.get(row["better"], row["better"])),
            t("；").join(targets),
            method,
            valid,
            row["source"],
        ]
    )


def identities(county: County) -> HTML:
    """The identities that figures must satisfy."""
    text = heading(t("勾稽关系"), "identities")
    heads = [t(h) for h in ("勾稽关系", "范围", "左边", "关系", "右边", "作为重算值", "说明", "依据")]
    lines = []
    for r in county.identity_registry:
        terms = [x for x in county.terms if x["identity"] == r["identity"]]
        right = " ".join(f"{'+' if x['sign'] > 0 else '−'} {name_of(county.registry, x['measure'])}" for x in terms).removeprefix("+ ")
        sign = {"=": "＝", ">=": "≥", "blank": "＝空白"}.get(r["operator"], r["operator"])
        told, asked = registry_text(r, "name_zh", "name_en"), registry_text(r, "sentence", "sentence_en")
        left = name_of(county.registry, r["target"]) if r["target"] else t("任一指标")
        lines.append(
            Line([told, t(SCOPES.get(r["scope"], r["scope"])), left, sign, right, "√" if r["recomputes"] else "", asked, r["source"]])
        )
    return HTML(text + Grid("method_identities", t("勾稽关系"), heads, lines, filters=(1,)).html())


def _record_rule(rule: Row) -> Line:
    form = forms().get(str(rule["form"]))
    said = registry_text(rule, "name_zh", "name_en")
    valid = f"{rule['valid_from']}—{rule['valid_to'] or t('现行')}"
    scope = form.title if form else t("各汇总表")
    return Line([rule["rule_id"], said, scope, t(SEVERITIES[str(rule["severity"])]), rule["sentence"], rule["legal_source"], valid])


def _scoring_rule(county: County, rule: Row) -> Line:
    names = [registry_text(rule, "name_zh", "name_en"), name_of(county.registry, str(rule["indicator"]))]
    lines = [plain_number(rule[column]) for column in ("weight", "full_at", "zero_at")]
    veto = name_of(county.registry, str(rule["veto_indicator"])) if rule["veto_indicator"] else ""
    valid = f"{rule['valid_from']}—{rule['valid_to'] or t('现行')}"
    verified = t("已核对") if rule["is_verified"] else t("未核对")
    return Line([rule["rule_id"], *names, *lines, veto, plain_number(rule["veto_at"]), valid, rule["legal_source"], verified])


def rules(county: County) -> HTML:
    """Thresholds, and the rules that look at single records."""
    text = heading(t("参数与规则"), "rules")
    heads = [t(h) for h in ("参数", "取值", "有效期", "说明", "依据")]
    lines = [
        Line(
            [
                r["parameter"],
                Shown(Markup("{}").format(f"{r['value'].normalize():f}"), r["value"]),
                f"{r['valid_from']}—{r['valid_to'] or t('现行')}",
                r["note"],
                r["source"],
            ]
        )
        for r in county.parameters
    ]
    text += Grid("method_parameters", t("参数"), heads, lines, (1,)).html()
    if county.scoring_rules:
        lines = [_scoring_rule(county, r) for r in county.scoring_rules]
        text += Grid("method_scoring", t("评分规则"), [t(h) for h in SCORING], lines, range(3, 8)).html()
    if county.record_rules:
        heads = [t(h) for h in ("规则", "名称", "范围", "严重程度", "说明", "依据", "有效期")]
        lines = [_record_rule(r) for r in county.record_rules]
        text += Grid("method_record_rules", t("记录规则"), heads, lines, filters=(2,)).html()
    note = t("规则在代码中的位置见 docs/rules.md，读表规则见 docs/intake.md。")
    return HTML(text + paragraph(note, "note"))
