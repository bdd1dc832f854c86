"""Data quality: who sent what, what could not be read, what does not add up, what looks odd, where reported and recomputed part."""

from collections import Counter, defaultdict

from IPython.display import HTML
from markupsafe import Markup

from .county import County
from .figures import NONE, Row, period_label
from .markup import Grid, Line, Shown, count, heading, paragraph
from .tables import figure_heads, figure_line, identity_grid
from .town_page import SEVERITIES, STATUS, sparkline
from .words import registry_text, t

SIGNS = {"on time": "√", "late": "迟", "missing": "×", "undated": "？", "not owed": "＋"}
MOST = 500  # rows of a long table on the page; its download holds all


def submissions(county: County) -> HTML:
    """Form and period × township: in time, late, missing."""
    text = heading(t("报送"), "submissions")
    if not county.submissions:
        return HTML(text + paragraph(t("没有报送记录，也没有应报的规定。")))
    legend = t("，").join(f"{SIGNS[s]} {t(word)}" for s, word in STATUS.items())
    towns, found = dict.fromkeys(county.reporting), {}
    for r in county.submissions:
        # of several versions the one in force
        key = (r["form_title"], r["period_start"], r["period_end"])
        if r["is_in_force"] is not False or (key, r["town_code"]) not in found:
            found[key, r["town_code"]] = r
    keys = sorted({k for k, _ in found}, key=lambda k: (k[2], k[0], k[1]))
    lines = [
        Line([title, period_label(start, end), *(_sent(found.get(((title, start, end), town))) for town in towns)])
        for title, start, end in keys
    ]
    heads = [t("表"), t("时期"), *(county.reporting[c] for c in towns)]
    grid = Grid("quality_submissions", t("报送情况：表与时期 × 乡镇"), heads, lines, filters=(0, 1), classes="heat signs")
    return HTML(text + paragraph(legend, "note") + grid.html())


def _sent(row: Row | None) -> Shown:
    if row is None:
        return Shown(Markup('<span class="none">{}</span>').format(NONE))
    status = str(row["status"])
    word = t(STATUS[status]) + (t("（{n}天）", n=row["days_late"]) if (row["days_late"] or 0) > 0 else "")
    version = f"{row['version']}" if (row["version"] or 1) > 1 else ""
    sign = Markup('<span class="s {}" title="{}"><span aria-hidden="true">{}</span><span class="sr">{}</span></span>')
    return Shown(sign.format(status.replace(" ", "-"), word, SIGNS[status] + version, word), word)


def problems(county: County) -> HTML:
    """What could not be read: by township and rule, over the months, and one by one."""
    text = heading(t("读表问题"), "problems") + paragraph(
        Markup(t("读表发现问题{n}条，其中未入库{errors}条。")).format(
            n=count(len(county.problems), "problems"), errors=count(sum(r["severity"] == "error" for r in county.problems), "errors")
        )
    )
    if not county.problems:
        return HTML(text)
    counts = Counter((r["town_code"], r["rule_id"]) for r in county.problems)
    rules = sorted({str(rule) for _, rule in counts})
    ends, trend = _trend(county)
    lines = []
    for town in dict.fromkeys(r["town_code"] for r in county.problems):
        name = county.towns.get(str(town), {}).get("town_name", t("未识别乡镇"))
        course = [float(trend[town][e]) for e in ends]
        last = t("、").join(f"{trend[town][e]}" for e in ends)
        cells = [counts[town, rule] or "" for rule in rules]
        lines.append(
            Line(
                [
                    name,
                    sum(c for c in cells if c),
                    Shown(sparkline(course, str(name)) + Markup("<small>{}</small>").format(last), last),
                    *cells,
                ]
            )
        )
    heads = [t("乡镇"), t("合计"), t("逐期"), *rules]
    grid = Grid(
        "quality_problems_by_rule", t("问题数：乡镇 × 规则（规则编号见方法页和 docs/intake.md）"), heads, lines, (1, *range(3, len(heads)))
    )
    text += grid.html()
    if not county.is_public:
        text += _problem_list(county)
    return HTML(text)


def _trend(county: County) -> tuple[list, dict]:
    ends = sorted({r["period_end"] for r in county.submissions})[-12:]
    trend: dict = defaultdict(Counter)
    for r in county.submissions:
        trend[r["town_code"]][r["period_end"]] += r["problem_count"] or 0
    return ends, trend


def _problem_list(county: County) -> Markup:
    heads = [t(h) for h in ("乡镇", "级别", "规则", "文件", "工作表", "单元格", "原文", "说明")]
    lines = [
        Line(
            [
                county.towns.get(str(r["town_code"]), {}).get("town_name", t("未识别乡镇")),
                t(SEVERITIES[str(r["severity"])]),
                *(r[c] for c in ("rule_id", "source_file", "source_sheet", "cell", "found", "message")),
            ]
        )
        for r in sorted(county.problems, key=lambda r: str(r["severity"]))
    ]
    return Grid("quality_problems", t("读表发现的问题"), heads, lines, filters=(0, 1, 2)).html(MOST)


def identities(county: County) -> HTML:
    """Every identity that does not hold, with its explanation."""
    broken = [r for r in county.identities if not r["passes"]]
    text = heading(t("不成立的勾稽关系"), "identities") + paragraph(
        Markup(t("共核对勾稽关系{all}处，其中{broken}处不成立。")).format(
            all=count(len(county.identities), "identities"), broken=count(len(broken), "failed")
        )
    )
    return HTML(text + (identity_grid(county, "quality_identities", broken).html(MOST) if broken else Markup("")))


def flags(county: County) -> HTML:
    """Records that look wrong, by rule and township: leads, not findings."""
    text = heading(t("疑点"), "flags")
    if not county.flags:
        return HTML(text + paragraph(t("没有疑点，或库中还没有疑点表。")))
    counts = Counter((r["rule_id"], r["town_code"]) for r in county.flags)
    rules = {str(r["rule_id"]): registry_text(r, "name_zh", "name_en") for r in county.record_rules}
    towns = dict.fromkeys(r["town_code"] for r in county.flags)
    lines = [
        Line([f"{rule} {rules.get(str(rule), '')}", sum(counts[rule, c] for c in towns), *(counts[rule, c] or "" for c in towns)])
        for rule in sorted({rule for rule, _ in counts})
    ]
    heads = [t("规则"), t("合计"), *(str(county.towns.get(c, {}).get("town_name", c)) for c in towns)]
    note = paragraph(t("疑点是供核实的线索，多为填写错误；逐条见各乡镇页。"), "note")
    return HTML(
        text + note + Grid("quality_flags", t("疑点数：规则 × 乡镇"), heads, lines, range(1, len(heads)), classes="heat flags").html()
    )


def differences(county: County) -> HTML:
    """Reported against recomputed, the largest relative difference first."""
    rows = [r for r in county.figures if r["verdict"] == "differs" and r["breakdown_by"] != "village"]
    rows.sort(key=lambda r: -abs(float(r["difference"])) / (abs(float(r["reported_value"])) or 1))
    text = heading(t("上报与重算的差异"), "differences") + paragraph(
        Markup(t("上报数与重算值有出入的{n}个，按相差占上报数的比重排列。")).format(n=count(len(rows), "differs"))
    )
    if not rows:
        return HTML(text)
    lines = []
    for r in rows:
        line = figure_line(county, r)
        lines.append(Line([line.cells[0], r["town_name"], *line.cells[1:]], line.place))
    heads = figure_heads()
    heads.insert(1, t("乡镇"))
    grid = Grid("quality_differences", t("上报数与重算值有出入的指标"), heads, lines, range(3, 8), filters=(1,), classes="figures towns")
    return HTML(text + grid.html(MOST))


def expectations(county: County) -> HTML:
    """The gate before publishing: what was checked, what failed."""
    failed = [r for r in county.expectations if not r["success"]]
    text = heading(t("入库校验"), "expectations") + paragraph(
        Markup(t("数据校验{n}项，其中{failed}项没有通过。")).format(
            n=count(len(county.expectations), "expectations"), failed=count(len(failed), "expectations-failed")
        )
    )
    if not county.expectations:
        return HTML(text)
    heads = [t(h) for h in ("校验内容", "表", "列", "级别", "结果", "不符行数", "例子")]
    lines = [
        Line(
            [
                r["note"] or r["expectation"],
                r["table_name"],
                r["column_name"],
                t(SEVERITIES.get(str(r["severity"]), str(r["severity"]))),
                t("√ 通过") if r["success"] else t("× 未通过"),
                r["unexpected_count"],
                r["examples"],
            ]
        )
        for r in sorted(county.expectations, key=lambda r: bool(r["success"]))
    ]
    return HTML(text + Grid("quality_expectations", t("入库校验的结果"), heads, lines, (5,), filters=(1, 4)).html())
