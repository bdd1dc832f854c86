"""A township's own pages: all its figures with verdicts, over the months, what is wrong and what it sent; and its assessment sheet."""

import os
from collections import Counter
from collections.abc import Sequence

from IPython.display import HTML
from markupsafe import Markup

from .county import County, Period
from .figures import NONE, VERDICTS, Row, figure, period_label, row_decimals, row_period, share_decimals
from .markup import (
    Grid,
    Line,
    Shown,
    count,
    datum,
    glyph,
    heading,
    linked,
    number,
    paragraph,
    place,
    value_text,
    verdict_counts,
    verdict_of,
)
from .overview import MAIN_KINDS, SUBJECTS
from .tables import figure_heads, figure_line, identity_grid, item_name, tip_text
from .words import name_of, registry_text, t

STATUS = {"on time": "按时", "late": "迟报", "missing": "未报", "undated": "收到日期不明", "not owed": "不在应报之列"}
ON_PAPER = 12  # rows of a table that may be long
SEVERITIES = {"error": "错误", "warning": "警告", "notice": "提示", "info": "提示"}


def this_town(county: County) -> str:
    """The township a page is about: the one the publisher names, in JupyterLab the first."""
    return os.environ.get("ZHENSHU_TOWN") or next(iter(county.reporting), "")


def town_name(county: County, town: str) -> str:
    """A township's name; an unknown one is its code."""
    return str(county.towns.get(town, {}).get("town_name", town))


def head(county: County, town: str, page: str = "town") -> HTML:
    """The township's name, the way to the other townships, and its verdicts in a line."""
    if county.broken:
        return HTML(paragraph(t("数据库无法读取，本页没有可以显示的数：{why}", why=county.broken), "warning"))
    options = Markup("").join(
        Markup('<option value="{}_{}.html"{}>{}</option>').format(page, c, Markup(" selected") if c == town else "", n)
        for c, n in county.reporting.items()
    )
    pick = Markup('<p class="pick"><label>{} <select data-go>{}</select></label> {}</p>').format(
        t("乡镇"), options, _siblings(county, town)
    )
    rows = county.of_town(county.figures, town)
    if not rows:
        return HTML(pick + paragraph(t("{town}没有任何指标值。", town=town_name(county, town)), "warning"))
    items = verdict_counts(rows)
    return HTML(pick + Markup('<ul class="counts small" aria-label="{}">{}</ul>').format(t("核对结论"), items))


def _siblings(county: County, town: str) -> Markup:
    links = [("town", t("乡镇页")), ("sheet", t("考核表")), *([] if county.is_public else [("evidence", t("数字出处"))])]
    return Markup(" ").join(Markup('<a href="{}_{}.html">{}</a>').format(page, town, label) for page, label in links)


def subject_of(row: Row) -> str:
    """The heading a figure stands under."""
    return t(next((title for title, codes in SUBJECTS.items() if row["subject"] in codes), "其他"))


def in_order(county: County) -> list[str]:
    """Indicators by subject, shares first."""
    order = [*SUBJECTS, "其他"]

    def key(code: str) -> tuple:
        row = county.indicators[code]
        title = next((s for s, codes in SUBJECTS.items() if row["subject"] in codes), "其他")
        return (order.index(title), row["kind"] not in MAIN_KINDS)

    return sorted(county.indicators, key=key)


def latest(county: County, town: str) -> HTML:
    """Every indicator at its latest period, reported beside recomputed."""
    rows = [r for code in in_order(county) if (r := county.latest(town, code))]
    text = heading(t("各项指标：最近一期"), "latest")
    if not rows:
        return HTML(text + paragraph(t("没有可以显示的指标。")))
    said = [r for r in rows if r["value"] is not None or r["reported_value"] is not None or r["verdict"] in ("contradicts", "suppressed")]
    lines = [figure_line(county, r, subject_of(r)) for r in said]
    grid = Grid(f"town_{town}_latest", t("重算值与上报值"), figure_heads(), lines, range(2, 7), filters=(7,), classes="figures")
    rest = len(rows) - len(said)
    note = paragraph(t("另有{n}项既未上报也无法计算，表中不列。", n=rest), "note") if rest else Markup("")
    return HTML(text + grid.html() + note)


def parts(county: County, town: str) -> HTML:
    """The parts that were reported, or where something is wrong, at their latest period; all others are in the evidence."""
    said = [
        r
        for r in county.of_town(county.figures, town)
        if r["breakdown_by"] not in ("total", "village")
        and (r["reported_value"] is not None or r["verdict"] in ("contradicts", "differs", "suspicious"))
    ]
    newest: dict[tuple, Row] = {}
    for r in sorted(said, key=lambda r: (r["period_end"], -r["period_start"].toordinal())):
        newest[r["indicator"], r["breakdown_by"], r["breakdown"]] = r
    order = {id(r): n for n, r in enumerate(said)}
    rows = sorted(newest.values(), key=lambda r: order[id(r)])
    if not rows:
        return HTML(Markup(""))
    lines = [figure_line(county, r, subject_of(r)) for r in rows]
    grid = Grid(f"town_{town}_parts", t("各分项：上报过的"), figure_heads(), lines, range(2, 7), filters=(1, 7), classes="figures")
    return HTML(Markup('<section class="screen">{}{}</section>').format(heading(t("各分项：最近一期"), "parts"), grid.html()))


# ---- over the months


def months(county: County, town: str) -> HTML:
    """Each indicator at the end of every month, with a line that shows its course."""
    text = heading(t("各项指标：逐期变化"), "months")
    rows = [r for (c, _, _), r in county.totals.items() if c == town and (r["value"] is not None or r["verdict"] == "contradicts")]
    ends = sorted({r["period_end"] for r in rows})
    if len(ends) < 2:
        return HTML(text + paragraph(t("只有一期的数，没有变化可看。")))
    by_end: dict[tuple, Row] = {}
    for r in rows:
        at = (r["indicator"], r["period_end"])
        # of one day's periods the longest: a year's running figure
        if at not in by_end or r["period_start"] < by_end[at]["period_start"]:
            by_end[at] = r
    lines = [_months_line(county, code, [by_end.get((code, e)) for e in ends]) for code in in_order(county)]
    heads = [t("指标"), t("走势"), *(period_label(e, e, as_of=True) for e in ends)]
    grid = Grid(
        f"town_{town}_months",
        t("各期的重算值（流量为年初至该期末累计）"),
        heads,
        [x for x in lines if x],
        range(2, len(heads)),
        classes="heat",
    )
    return HTML(Markup('<section class="screen">{}{}</section>').format(text, grid.html()))


def _months_line(county: County, code: str, rows: Sequence[Row | None]) -> Line | None:
    found = [r for r in rows if r]
    if len(found) < 2:
        return None
    decimals = max(row_decimals(r) for r in found)
    name = name_of(county.registry, code, found[0]["indicator_name"])
    cells = []
    for r in rows:
        if r is None:
            cells.append(Shown(Markup('<span class="none">{}</span>').format(NONE)))
            continue
        shown = Shown(datum(r, "value", value_text(r, decimals)), r["value"], str(r["unit"]))
        cells.append(linked(r, shown, county.is_public, tip_text(county, r, decimals)))
    spark = Shown(sparkline([None if r is None or r["value"] is None else float(r["value"]) for r in rows], name))
    return Line([name, spark, *cells], group=subject_of(found[0]))


def sparkline(values: Sequence[float | None], name: str) -> Markup:
    """A small line without axes; the figures stand beside it."""
    seen = [v for v in values if v is not None]
    if len(seen) < 2:
        return Markup("")
    low, high = min(seen), max(seen)
    span, step = (high - low) or 1, 84 / (len(values) - 1)
    points = [(3 + i * step, 17 - 14 * (v - low) / span) for i, v in enumerate(values) if v is not None]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    x, y = points[-1]
    return Markup(
        '<svg class="spark" viewBox="0 0 90 20" width="90" height="20" role="img" aria-label="{}"><polyline points="{}"/>'
        '<circle cx="{:.1f}" cy="{:.1f}" r="2.2"/></svg>'
    ).format(t("{name}的走势", name=name), path, x, y)


# ---- what is wrong, what was sent


def identities(county: County, town: str) -> HTML:
    """The township's broken identities with their explanations."""
    mine = county.of_town(county.identities, town)
    broken = [r for r in mine if not r["passes"]]
    text = heading(t("不成立的勾稽关系"), "identities") + paragraph(
        Markup(t("共核对勾稽关系{all}处，其中{broken}处不成立。")).format(all=count(len(mine)), broken=count(len(broken)))
    )
    return HTML(text + _brief(identity_grid(county, f"town_{town}_identities", broken, with_town=False)))


def problems(county: County, town: str) -> HTML:
    """What could not be taken from the township's workbooks as it stands, and which records look wrong."""
    rows = county.of_town(county.problems, town)
    text = heading(t("读表问题与疑点"), "problems")
    text += paragraph(
        Markup(t("读表问题{n}条，疑点{flags}条。")).format(n=count(len(rows)), flags=count(len(county.of_town(county.flags, town))))
    )
    if rows and not county.is_public:
        heads = [t(h) for h in ("文件", "工作表", "单元格", "级别与规则", "原文", "说明")]
        lines = [
            Line(
                [
                    r["source_file"],
                    r["source_sheet"],
                    r["cell"],
                    f"{t(SEVERITIES[str(r['severity'])])} {r['rule_id']}",
                    r["found"],
                    r["message"],
                ]
            )
            for r in rows
        ]
        text += _brief(Grid(f"town_{town}_problems", t("读表发现的问题"), heads, lines, filters=(3,)))
    return HTML(text + _flags(county, town))


def _brief(grid: Grid) -> Markup:
    """A table that paper shows the beginning of: a township's page is to fit two sheets."""
    if not grid.lines:
        return Markup("")
    grid.classes = "brief"
    more = len(grid.lines) > ON_PAPER
    note = t("纸上只印前{n}行，全部{all}行见网页和下载的文件。", n=ON_PAPER, all=len(grid.lines))
    return grid.html() + (Markup('<p class="note paper">{}</p>').format(note) if more else Markup(""))


def _flags(county: County, town: str) -> Markup:
    rows = county.of_town(county.flags, town)
    if not rows:
        return Markup("")
    names = {r["rule_id"]: registry_text(r, "name_zh", "name_en") for r in county.record_rules}
    heads = [t(h) for h in ("规则", "级别", "说明", "文件", "工作表", "行", "核实结果")]
    columns = ("sentence", "source_file", "source_sheet", "source_row", "finding")
    lines = [
        Line([f"{r['rule_id']} {names[r['rule_id']]}", t(SEVERITIES[str(r["severity"])]), *(r[column] for column in columns)]) for r in rows
    ]
    return _brief(Grid(f"town_{town}_flags", t("疑点（供核实的线索）"), heads, lines, filters=(0,)))


def submissions(county: County, town: str) -> HTML:
    """What the township owed and sent."""
    rows = county.of_town(county.submissions, town)
    text = heading(t("报送情况"), "submissions")
    if not rows:
        return HTML(text + paragraph(t("没有报送记录。")))
    found = Counter(str(r["status"]) for r in rows)
    text += paragraph(t("、").join(f"{t(STATUS[s])} {found[s]}" for s in STATUS if found[s]))
    heads = [t(h) for h in ("表", "时期", "报送情况", "版本", "应报日期", "收到日期", "行数", "问题数")]
    lines = []
    for r in rows:
        state = t(STATUS[str(r["status"])]) + (t("（{n}天）", n=r["days_late"]) if (r["days_late"] or 0) > 0 else "")
        numbers = [r["version"] or NONE, r["due_on"] or NONE, r["received_on"] or NONE, r["row_count"], r["problem_count"]]
        lines.append(Line([r["form_title"], row_period(r), state, *numbers], place("mart_submission", r)))
    return HTML(
        Markup('<section class="screen">{}{}</section>').format(
            text, Grid(f"town_{town}_submissions", t("应报与已报"), heads, lines, (3, 6, 7), filters=(0, 2)).html()
        )
    )


# ---- the assessment sheet


def sheet(county: County, town: str) -> HTML:
    """The one-page sheet: each indicator's parts, value, target, whether it is met; the score's arithmetic where there are rules."""
    steps = [r for r in county.score_lines if r["town_code"] == town]
    rows = [r for code in in_order(county) if county.indicators[code]["kind"] in MAIN_KINDS and (r := county.latest(town, code))]
    if not rows:
        return HTML(paragraph(t("没有可以考核的指标。"), "warning"))
    heads = [t(h) for h in ("指标", "时期", "分子", "分母", "指标值", "95%区间", "目标", "达标", "结论")]
    lines = [_sheet_line(county, r) for r in rows]
    text = Grid(f"sheet_{town}", t("{town}考核表", town=town_name(county, town)), heads, lines, range(2, 7), classes="figures").html()
    if steps:
        text += _score(county, town, steps)
    else:
        text += paragraph(t("库中没有评分规则的结果，本表不计分。"), "note")
    lines_ = Markup("").join(Markup("<span>{}</span>").format(t(s)) for s in ("填表人：", "审核人：", "负责人：", "日期："))
    return HTML(text + Markup('<p class="sign">{}</p>').format(lines_))


def _sheet_line(county: County, row: Row) -> Line:
    entry = county.registry.get(str(row["indicator"]), {})
    decimals = row_decimals(row)
    parts = [
        Shown(datum(row, c, figure(row[c], county.unit(str(entry.get(c))))), row[c], county.unit(str(entry.get(c))))
        for c in ("numerator", "denominator")
    ]
    value = linked(row, Shown(datum(row, "value", value_text(row, decimals)), row["value"], str(row["unit"])), county.is_public)
    interval = Markup("")
    if row["lower_95"] is not None:
        ends = (datum(row, c, figure(row[c], str(row["unit"]), str(row["kind"]), decimals)) for c in ("lower_95", "upper_95"))
        interval = Markup("{}—{}").format(*ends)
    target = NONE if row["target"] is None else figure(row["target"], str(row["unit"]))
    met = {True: t("√ 达标"), False: t("× 未达标")}.get(row["is_target_met"], NONE)
    name = item_name(county, row)
    cells = [
        name,
        row_period(row),
        *parts,
        value,
        Shown(interval),
        target,
        met,
        Shown(glyph(verdict_of(row)) + Markup(" ") + t(VERDICTS[verdict_of(row)][1])),
    ]
    return Line(cells, place("mart_town_indicator", row), subject_of(row))


STEPS = {
    "rule_name": "评分项",
    "value": "重算值",
    "full_at": "满分线",
    "zero_at": "零分线",
    "point_share": "得分比例",
    "max_points": "分值",
    "points": "得分",
    "sentence": "算式或原因",
}


def _score(county: County, town: str, steps: list[Row]) -> Markup:
    last = max(r["period_end"] for r in steps)
    rows = [r for r in steps if r["period_end"] == last]
    lines = [Line([_step(r, c) for c in STEPS], place("mart_score_sheet", r)) for r in rows]
    whole = next((r for r in county.scores if r["town_code"] == town and r["period_end"] == last), None)
    said = paragraph(whole["sentence"]) if whole else Markup("")
    grid = Grid(f"score_{town}", t("计分过程（截至{day}）", day=last), [t(h) for h in STEPS.values()], lines, range(1, 7), classes="steps")
    return heading(t("计分"), "score") + said + grid.html()


def _step(row: Row, column: str) -> object:
    value = row[column]
    if not isinstance(value, float):
        return NONE if value is None else value
    if column in ("value", "full_at", "zero_at"):
        return number(row, column, figure(value, str(row["unit"]), "", share_decimals(value) if row["unit"] == "share" else 0))
    return number(row, column, figure(value, "share") if column == "point_share" else f"{value:.2f}")


__all__ = ["Period", "head", "identities", "latest", "months", "parts", "problems", "sheet", "submissions", "this_town"]
