"""Comparison of townships: one indicator and one period at a time, ranks only with what chance allows; charts are drawn in the browser."""

from collections import defaultdict

from IPython.display import HTML
from markupsafe import Markup

from .county import County
from .downloads import write
from .evidence import json_block, put
from .figures import NONE, Row, figure, period_label, row_decimals
from .markup import Grid, Line, Shown, heading, interval_text, paragraph, period_key, value_text, verdict_of
from .overview import MAIN_KINDS
from .tables import tip_text
from .town_page import in_order, subject_of
from .words import name_of, t

RANKING = {
    "rank": ("rank", "value_rank"),
    "best": ("best_rank", "rank_best", "lowest_rank"),
    "worst": ("worst_rank", "rank_worst", "highest_rank"),
    "funnel": ("funnel_class",),
    "group": ("group_no", "tie_group", "group", "same_as"),
    "mean": ("pooled_value", "pooled_mean", "county_value"),
    "low95": ("funnel_lower_95", "lower_limit_95"),
    "high95": ("funnel_upper_95", "upper_limit_95"),
    "low998": ("funnel_lower_998", "lower_limit_998", "funnel_lower_99_8"),
    "high998": ("funnel_upper_998", "upper_limit_998", "funnel_upper_99_8"),
    "shrunk": ("eb_value", "shrunken_value", "empirical_bayes_value"),
}


def page(county: County) -> HTML:
    """The choices, the places for charts and table, and one data file an indicator."""
    if county.broken or not county.figures:
        return HTML(Markup(""))
    if len(county.counties) > 1:
        return HTML(paragraph(t("各单位分属不同的县，不能相互比较。"), "warning"))
    chosen, options = [], defaultdict(list)
    for code in in_order(county):
        row = county.indicators[code]
        if row["kind"] == "amount" and row["subject"] not in ("fund", "medical", "education"):
            continue
        options[subject_of(row)].append((len(chosen), name_of(county.registry, code, row["indicator_name"])))
        chosen.append(code)
    for index, code in enumerate(chosen):
        _write_indicator(county, index, code)
    groups = Markup("").join(
        Markup('<optgroup label="{}">{}</optgroup>').format(
            title, Markup("").join(Markup('<option value="{}">{}</option>').format(i, name) for i, name in entries)
        )
        for title, entries in options.items()
    )
    about = {"indicators": chosen, "public": county.is_public}
    return HTML(
        Markup(
            '<p class="pick"><label>{} <select id="cmp-indicator">{}</select></label> <label>{} <select id="cmp-period"></select></label></p>'
            '<div id="cmp" aria-live="polite"></div>{}'
        ).format(t("指标"), groups, t("时期"), json_block("about", about))
    )


def _write_indicator(county: County, index: int, code: str) -> None:
    ranks = {(r["town_code"], r["period_start"], r["period_end"]): r for r in county.rankings if r["indicator"] == code}
    periods, plain = [], []
    for period in county.periods[code]:
        rows = [r for town in county.reporting if (r := county.totals.get((town, code, period)))]
        decimals = max((row_decimals(r) for r in rows), default=1)
        whole = county.whole_county.get((code, period))
        label = period_label(*period, as_of=rows[0]["subject"] == "poverty_exit")
        lines = [_line(county, r, decimals, ranks.get((r["town_code"], *period))) for r in rows]
        county_text = None if whole is None else [whole["value"], value_text({**rows[0], **whole, "reported_printed": None}, decimals)]
        periods.append({"key": period_key(rows[0]), "label": label, "rows": lines, "county": county_text})
        plain += [_plain(r, label) for r in rows]
    sample = county.indicators[code]
    entry = county.registry.get(code) or {}
    name = name_of(county.registry, code, sample["indicator_name"])
    heads = [t(h) for h in ("乡镇", "时期", "分子", "分母", "指标值", "95%区间下限", "95%区间上限", "上报值", "结论")]
    links = write(f"compare_{index}", name, heads, plain)
    facts = {
        "code": code,
        "name": name,
        "unit": sample["unit"],
        "kind": sample["kind"],
        "better": sample["better"],
        "wording": sample["denominator_wording"],
        "source": entry.get("source"),
        "target": next((float(r["target"]) for r in county.targets if r["indicator"] == code), None),
    }
    put(f"c_{index}", {**facts, "periods": periods, "downloads": str(links)})


def _line(county: County, row: Row, decimals: int, rank: Row | None) -> list[object]:
    numbers = [row[c] for c in ("value", "lower_95", "upper_95", "numerator", "denominator")]
    texts = [value_text(row, decimals), interval_text(row, decimals), _parts(county, row)]
    reported = None if row["reported_value"] is None else figure(row["reported_value"], str(row["unit"]), "", decimals)
    tip = tip_text(county, row, decimals)
    found = {} if rank is None else {k: next((rank[c] for c in names if c in rank), None) for k, names in RANKING.items()}
    return [
        row["town_code"],
        row["town_name"],
        numbers,
        texts,
        reported,
        verdict_of(row),
        tip,
        {k: v for k, v in found.items() if v is not None},
    ]


def _parts(county: County, row: Row) -> str:
    if row["kind"] not in MAIN_KINDS:
        return ""
    entry = county.registry.get(str(row["indicator"]), {})
    return " ÷ ".join(NONE if row[c] is None else figure(row[c], county.unit(str(entry.get(c)))) for c in ("numerator", "denominator"))


def _plain(row: Row, label: str) -> list[tuple[object, str]]:
    unit = str(row["unit"])
    parts = [(row[c], "") for c in ("numerator", "denominator")]
    values = [(row[c], unit) for c in ("value", "lower_95", "upper_95", "reported_value")]
    return [(row["town_name"], ""), (label, ""), *parts, *values, (verdict_of(row), "")]


def scores(county: County) -> HTML:
    """The townships' scores and how far their order moves with the weights, where there are rules for scores."""
    text = heading(t("得分"), "scores")
    if not county.scores:
        return HTML(text + paragraph(t("库中没有评分规则的结果，不计分。"), "note"))
    hidden = ("town_code", "county_code")
    columns = [c for c in county.scores[0] if c not in hidden]
    lines = [Line([_score_cell(r, c) for c in columns]) for r in county.scores]
    note = paragraph(t("名次的变动范围：每项权重各增减五分之一时的最好与最差名次。"), "note")
    return HTML(text + note + Grid("scores", t("各乡镇得分与权重敏感性"), columns, lines, range(1, len(columns))).html())


def _score_cell(row: Row, column: str) -> object:
    value = row[column]
    if column == "town_name":
        return Shown(Markup('<a href="sheet_{}.html">{}</a>').format(row["town_code"], value), value)
    return f"{value:.2f}" if isinstance(value, float) else value


def exits(county: County) -> HTML:
    """The county's exit figures with sample sizes, intervals and the sentence whether the threshold is met."""
    if not county.exits:
        return HTML(Markup(""))
    columns = [c for c in county.exits[0] if c not in ("county_code",)]
    lines = [Line([_score_cell(r, c) for c in columns]) for r in county.exits]
    return HTML(heading(t("县退出指标"), "exits") + Grid("exits", t("综合贫困发生率、漏评率、错退率、群众认可度"), columns, lines).html())
