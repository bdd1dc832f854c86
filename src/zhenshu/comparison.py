"""Comparison of townships: one indicator and one period at a time, ranks only with what chance allows; charts are drawn in the browser."""

from collections import defaultdict

from IPython.display import HTML
from markupsafe import Markup

from .county import County
from .downloads import write
from .evidence import json_block, put
from .figures import NONE, Row, figure, period_label, row_decimals
from .markup import Grid, Line, Shown, heading, interval_text, number, paragraph, period_key, place, value_text, verdict_of
from .overview import MAIN_KINDS
from .tables import tip_text
from .town_page import in_order, subject_of
from .words import name_of, t

LIMITS = {
    "mean": "pooled_value",
    "low95": "funnel_lower_95",
    "high95": "funnel_upper_95",
    "low998": "funnel_lower_998",
    "high998": "funnel_upper_998",
}
JUDGEMENTS = {"better": "好于全县", "worse": "差于全县", "as expected": "属机会波动"}
SCORE_HEADS = {
    "town_name": "乡镇",
    "period_end": "截至",
    "total_points": "总分",
    "max_points": "满分",
    "missing_points": "缺数的分值",
    "vetoed_rule_count": "被否决项",
    "town_rank": "名次",
    "best_moved_rank": "权重变动时最好",
    "worst_moved_rank": "权重变动时最差",
    "moving_rule_id": "影响最大的项",
    "sentence": "说明",
}
EXIT_HEADS = {
    "survey_name": "调查",
    "survey_year": "年度",
    "figure_name": "退出指标",
    "found_count": "发现数",
    "sample_size": "样本量",
    "value": "数值",
    "lower_95": "95%区间下限",
    "upper_95": "95%区间上限",
    "method": "区间方法",
    "threshold": "标准",
    "sentence": "结论",
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
            '<p class="pick"><label>{} <select id="cmp-indicator">{}</select></label>'
            ' <label>{} <select id="cmp-period"></select></label></p>'
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
    return [row["town_code"], row["town_name"], numbers, texts, reported, verdict_of(row), tip, _rank(rank, decimals)]


def _rank(row: Row | None, decimals: int) -> dict[str, object]:
    """What chance allows to say of a township's place: nothing where the warehouse has no rank for it."""
    if row is None:
        return {}
    found = {key: row[column] for key, column in LIMITS.items()}
    found |= {"rank": row["town_rank"], "best": row["best_rank"], "worst": row["worst_rank"], "count": row["town_count"]}
    found |= {"same": row["undistinguished_count"], "towns": row["undistinguished_towns"], "sentence": row["sentence"]}
    outside = row["funnel_class"] not in (None, "within")
    found |= {"funnel": t(JUDGEMENTS.get(str(row["funnel_judgement"]), NONE)), "outside": outside or None}
    if row["empirical_bayes_value"] is not None:
        found["shrunk"] = figure(row["empirical_bayes_value"], str(row["unit"]), "", decimals)
    return {key: value for key, value in found.items() if value is not None}


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
    """The townships' scores at their latest period and how far their order moves with the weights."""
    text = heading(t("得分"), "scores")
    if not county.scores:
        return HTML(text + paragraph(t("库中没有评分规则的结果，不计分。"), "note"))
    last = max(r["period_end"] for r in county.scores)
    rows = sorted((r for r in county.scores if r["period_end"] == last), key=lambda r: (r["town_rank"] is None, r["town_rank"]))
    note = paragraph(t("权重变动：任一项分值增减五分之一，其余不变，名次可能的最好与最差。"), "note")
    return HTML(text + note + _plain_grid("scores", t("各乡镇得分与权重敏感性"), SCORE_HEADS, rows, "mart_score").html())


def exits(county: County) -> HTML:
    """The county's exit figures with sample sizes, intervals and the sentence whether the threshold is met."""
    if not county.exits:
        return HTML(Markup(""))
    title = t("综合贫困发生率、漏评率、错退率、群众认可度")
    return HTML(heading(t("县退出指标"), "exits") + _plain_grid("exits", title, EXIT_HEADS, county.exits, "mart_county_exit").html())


def _plain_grid(name: str, caption: str, heads: dict[str, str], rows: list[Row], table: str) -> Grid:
    columns = [c for c in heads if rows and c in rows[0]]
    numeric = [i for i, c in enumerate(columns) if isinstance(rows[0][c], int | float)]
    lines = [Line([_plain_cell(r, c) for c in columns], place(table, r)) for r in rows]
    return Grid(name, caption, [t(heads[c]) for c in columns], lines, numeric)


def _plain_cell(row: Row, column: str) -> object:
    value = row[column]
    if column == "town_name":
        return Shown(Markup('<a href="sheet_{}.html">{}</a>').format(row["town_code"], value), value)
    if isinstance(value, float) and column in ("value", "lower_95", "upper_95", "threshold"):
        return number(row, column, figure(value, "share", "", 2), "share")
    return number(row, column, f"{value:.2f}") if isinstance(value, float) else value
