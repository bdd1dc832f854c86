"""What the notebooks are written in: the county's published tables, figures as text, tables and charts as HTML.

Every figure on a page stands in an element that also holds the warehouse's exact value (`data-value`, `data-column`), and its row
says which one it is (`data-table`, `data-town`, `data-period`, …), so that a test can walk a page against the warehouse.
"""

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import duckdb
import plotly.graph_objects as go
from IPython.display import HTML, display
from markupsafe import Markup, escape

from .charts import show
from .contract import PROJECT
from .figures import NONE, VERDICTS, Row, change, day_label, digits, figure, row_decimals, row_period

CHECKED = {"ledger": "与台账核对", "identity": "与勾稽关系核对", "parts": "与分项核对"}
SEVERITIES = {"error": "错误", "warning": "警告", "notice": "提示", "info": "提示"}
SUBJECTS = {
    "脱贫": ("poverty_exit",),
    "健康": ("medical",),
    "教育": ("education",),
    "资金": ("fund",),
    "问题整改与项目": ("rectification", "project"),
}
MEANINGS = {
    "contradicts": "上报的数之间不符合勾稽关系：不发布指标值，两边都列出。",
    "differs": "重算值与上报数的差超过上报数末位的半个单位：两个数都照实列出。",
    "suspicious": "超出合理范围，疑为单位或填写有误，请核实。",
    "not computable": "缺分子或分母。空白是未知，不当作0。",
    "not reported": "没有上报这个数，只有重算值。",
    "agrees": "重算值与上报数的差不超过上报数末位的半个单位。",
    "unchecked": "没有台账、分项或勾稽关系可供核对，上报数照列，不算一致。",
}
RULES = (
    ("95%区间", "用 Wilson 法计算，只用于人、户、个数之比；资金比例不是抽样的结果，不给区间。"),
    ("百分数", "保留一位小数；上报数写得更细的与上报数同位；不足1%的至少两位有效数字。四舍五入，不满100%的不写成100%。"),
    ("金额", "1万元及以上用万元表示，一位不舍；平均数保留到分。"),
)


# ---- the county's published tables


@dataclass(frozen=True)
class County:
    """The published tables a page reads, all from one state of the warehouse."""

    figures: list[Row]
    identities: list[Row]
    expectations: list[Row]
    problems: list[Row]
    towns: dict[str, Row]
    registry: dict[str, Row]

    def of(self, *indicators: str, breakdown_by: Sequence[str] = ()) -> list[Row]:
        """The figures of these indicators, whole and by these breakdowns, in the registry's order."""
        return [r for r in self.figures if r["indicator"] in indicators and r["breakdown_by"] in ("total", *breakdown_by)]

    def unit(self, indicator: str | None) -> str:
        """The unit an indicator is counted in; indicators outside the registry bring their own."""
        own = next((r["unit"] for r in self.figures if r["indicator"] == indicator), "")
        return self.registry.get(indicator, {}).get("unit", own)


def data_folder() -> Path:
    """The county's folder: `ZHENSHU_DATA`, else the project itself."""
    return Path(os.environ.get("ZHENSHU_DATA") or PROJECT)


def load(data: Path | None = None) -> County:
    """Read the published tables; the file is closed at once, so that a page never stands in the way of a build."""
    path = (data or data_folder()) / "warehouse/zhenshu.duckdb"
    if not path.exists():
        raise FileNotFoundError(f"no warehouse at {path}: run `zhenshu build` first")
    with duckdb.connect(str(path), read_only=True) as warehouse:

        def rows(sql: str) -> list[Row]:
            cursor = warehouse.execute(sql)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]

        return County(
            # rowid is a seed's own order: indicators and breakdowns stand as their registry lists them
            figures=rows(
                "select f.* from mart_town_indicator f left join seed.indicator i on i.code = f.indicator"
                " left join seed.breakdown b on b.breakdown_by = f.breakdown_by and b.breakdown = f.breakdown"
                " order by f.town_code, i.rowid nulls last, f.indicator, f.period_start, f.period_end,"
                " f.breakdown_by <> 'total', f.breakdown_by, b.rowid nulls last, f.breakdown"
            ),
            identities=rows("from mart_identity_check order by town_code, identity, period_start, period_end, breakdown_by, breakdown"),
            expectations=rows("from expectation_result order by suite, table_name, column_name, expectation"),
            problems=rows("from seed.intake_problem order by town_code, source_file, source_sheet, cell, rule_id, message"),
            towns={r["town_code"]: r for r in rows("from seed.township order by town_code")},
            registry={r["code"]: r for r in rows("from seed.indicator")},
        )


# ---- HTML


def item_name(row: Row, name: str) -> Markup:
    """What a row speaks of: its name and, where it is a part, which part."""
    if row["breakdown_by"] == "total":
        return escape(name)
    return Markup("{} · {}{}").format(name, row["breakdown"], "年" if row["breakdown_by"].endswith("_year") else "")


def evidence(row: Row) -> str:
    """Where a figure stands: file · sheet · cell; what nobody reported was computed from several cells, and names none of them."""
    columns = ("source_file", "source_sheet", *(["source_cell"] if row.get("reported_value") is not None else []))
    return " · ".join(str(row[c]) for c in columns if row.get(c)) or NONE


def table(caption: str, heads: Sequence[str], body: Markup, numeric: Iterable[int] = ()) -> Markup:
    """A table that scrolls inside its own frame; `numeric` are the columns whose headings stand to the right."""
    right = set(numeric)
    cells = Markup("").join(
        Markup('<th scope="col"{}>{}</th>').format(Markup(' class="number"') if i in right else "", head) for i, head in enumerate(heads)
    )
    return Markup(
        '<div class="frame" role="region" tabindex="0" aria-label="{0}"><table>'
        "<caption>{0}</caption><thead><tr>{1}</tr></thead>{2}</table></div>"
    ).format(caption, cells, body)


def cells(*contents: object) -> Markup:
    """Plain cells; text is escaped, `Markup` is not."""
    return Markup("").join(Markup("<td>{}</td>").format(c) for c in contents)


def number(row: Row, column: str, text: str) -> Markup:
    """One shown figure with its exact value; a missing one is only text."""
    if row[column] is None:
        return Markup('<span class="none">{}</span>').format(text)
    return Markup('<data value="{0}" data-value="{0}" data-column="{1}">{2}</data>').format(row[column], column, text)


def keys(table_name: str, row: Row) -> Markup:
    """The attributes that say which row of which table a page's row shows."""
    names = {
        "town": "town_code",
        "indicator": "indicator",
        "identity": "identity",
        "breakdown-by": "breakdown_by",
        "breakdown": "breakdown",
    }
    found = {"table": table_name, **{k: row[c] for k, c in names.items() if c in row}}
    found["period"] = f"{row['period_start']}/{row['period_end']}"
    return Markup(" ").join(Markup('data-{}="{}"').format(k, v) for k, v in found.items() if v is not None)


def verdict_of(row: Row) -> str:
    """The verdict as shown: a figure that agrees only with itself has been checked against nothing."""
    return "unchecked" if row["verdict"] == "agrees" and row["checked_against"] == "none" else row["verdict"]


def only_reported(row: Row) -> bool:
    """Whether a row's value is nothing but the reported one."""
    return row["checked_against"] == "none" and row["reported_value"] is not None and row["value"] == row["reported_value"]


def badge(verdict: str) -> Markup:
    """A verdict as glyph and word."""
    glyph, word = VERDICTS[verdict]
    name = verdict.replace(" ", "-")
    return Markup('<span class="verdict {}"><span aria-hidden="true">{}</span> {}</span>').format(name, glyph, word)


def heading(title: str) -> Markup:
    """A section's heading, which the page's contents list links to."""
    return Markup('<h2 id="{0}">{0}</h2>').format(title)


def by_town(rows: Iterable[Row], line, columns: int) -> Markup:
    """Table bodies, one for each township under its name."""
    bodies = []
    for _, group in groupby(rows, key=lambda r: r["town_code"]):
        members = list(group)
        head = Markup('<tr class="town"><th scope="rowgroup" colspan="{}">{}</th></tr>').format(columns, members[0]["town_name"])
        bodies.append(Markup("<tbody>{}{}</tbody>").format(head, Markup("").join(line(r) for r in members)))
    return Markup("").join(bodies)


# ---- the parts of a page


def scope(county: County) -> HTML:
    """Which townships and periods the page speaks of; townships of different counties are not to be compared."""
    towns = {r["town_code"]: r["town_name"] for r in county.figures}
    if not towns:
        return HTML(Markup('<p class="warning">库中还没有任何指标，本页没有可以显示的数。</p>'))
    first, last = (f(r[c] for r in county.figures) for f, c in ((min, "period_start"), (max, "period_end")))
    text = Markup(
        '<p class="lead">本页汇总{}共{}个单位{}至{}的上报数、重算数和核对结论，共{}个指标值。上报数注明出自哪个文件、哪个单元格。</p>'
    ).format("、".join(towns.values()), len(towns), day_label(first), day_label(last), len(county.figures))
    counties = {t: county.towns.get(t, {}).get("county_name") for t in towns}
    if len({county.towns.get(t, {}).get("county_code") for t in towns}) > 1:
        places = "、".join(f"{name}（{counties[t] or '县名不详'}）" for t, name in towns.items())
        text += Markup('<p class="warning"><strong>注意：</strong>{}分属不同的县，不能相互比较，也不能相加为全县数。</p>').format(places)
    return HTML(text)


def verdicts(county: County) -> HTML:
    """How many figures came to which verdict."""
    found = Counter(verdict_of(r) for r in county.figures)
    items = Markup("").join(
        Markup('<li data-count="{0}" data-verdict="{1}"><b>{0}</b> {2}</li>').format(found[v], v, badge(v)) for v in VERDICTS
    )
    return HTML(heading("核对结论") + Markup('<ul class="counts">{}</ul>').format(items))


def subject(county: County, title: str, *charts: go.Figure | None) -> None:
    """A subject's section: its charts and every figure with what it was computed from, reported as, and comes from."""
    named = {code for codes in SUBJECTS.values() for code in codes}
    chosen = SUBJECTS.get(title)
    rows = [r for r in county.figures if (r["subject"] in chosen if chosen else r["subject"] not in named)]
    display(HTML(heading(title)))
    if not rows:
        display(HTML(Markup("<p>各单位都没有上报这方面的数。</p>")))
        return
    for chart in filter(None, charts):
        show(chart)
    # a part that nobody reported and nobody can compute says nothing that its whole does not say
    empty = [r for r in rows if r["breakdown_by"] != "total" and r["verdict"] == "not computable" and r["reported_value"] is None]
    heads = ["指标", "时期", "分子 ÷ 分母", "重算值", "95%区间", "上报值", "重算减上报", "结论", "依据"]
    body = by_town([r for r in rows if r not in empty], lambda r: _figure_line(county, r), len(heads))
    text = table(f"{title}：重算值与上报值", heads, body, range(2, 7))
    if empty:
        text += Markup('<p class="note">另有<b data-count="{0}">{0}</b>个分项既未上报也无法计算，表中不列。</p>').format(len(empty))
    display(HTML(text))


def _figure_line(county: County, row: Row) -> Markup:
    unit, kind, printed = row["unit"], row["kind"], row["reported_printed"]
    decimals = row_decimals(row)
    name = item_name(row, row["indicator_name"])
    if row["denominator_wording"]:
        name += Markup("<br><small>分母：{}</small>").format(row["denominator_wording"])
    missing = {"contradicts": Markup('<a href="#自相矛盾">不予发布</a>'), "not computable": "无法计算"}.get(row["verdict"], NONE)
    value = number(row, "value", missing if row["value"] is None else figure(row["value"], unit, kind, decimals))
    difference = number(row, "difference", change(row["difference"], unit, kind, decimals))
    if only_reported(row):
        # the warehouse repeats the reported figure here; to show it as recomputed, and the difference as 0, would claim a check
        value = difference = Markup('<span class="none">{}</span>').format(NONE)
    stated = "未报" if row["reported_value"] is None else figure(row["reported_value"], unit, "", decimals)
    reported = number(row, "reported_value", stated)
    # 57,000 and 57000人 are the same digits; the original words stand only beside what looks different
    if row["reported_value"] is not None and printed and digits(printed) != digits(stated):
        reported += Markup("<br><small>原文 {}</small>").format(printed)
    verdict = badge(verdict_of(row))
    if row["verdict"] in ("agrees", "differs") and row["checked_against"] in CHECKED:
        verdict += Markup("<br><small>{}</small>").format(CHECKED[row["checked_against"]])
    figures = [_parts(county, row), value, _interval(row, decimals), reported, difference]
    return _line("mart_town_indicator", row, name, figures, verdict, Markup('<span class="evidence">{}</span>').format(evidence(row)))


def _line(table_name: str, row: Row, name: Markup, figures: Sequence[Markup], *rest: object) -> Markup:
    """One table row: name, period, figures to the right, then text."""
    aligned = Markup("").join(Markup('<td class="number">{}</td>').format(f) for f in figures)
    start = Markup('<tr {}><th scope="row">{}</th>{}').format(keys(table_name, row), name, cells(row_period(row)))
    return start + aligned + cells(*rest) + Markup("</tr>")


def _parts(county: County, row: Row) -> Markup:
    """Numerator and denominator of a ratio, each in its own unit."""
    if row["kind"] in ("count", "amount") or row["numerator"] is row["denominator"] is None:
        return Markup("")
    entry = county.registry.get(row["indicator"], {})
    top, bottom = (
        number(row, c, "空缺" if row[c] is None else figure(row[c], county.unit(entry.get(c)))) for c in ("numerator", "denominator")
    )
    return Markup("{}<br>÷ {}").format(top, bottom)


def _interval(row: Row, decimals: int) -> Markup:
    if row["lower_95"] is None or row["upper_95"] is None:
        return Markup("")
    low, high = (number(row, c, figure(row[c], row["unit"], row["kind"], decimals)) for c in ("lower_95", "upper_95"))
    return Markup('<span title="{}">{}<br>—{}</span>').format(row["interval_method"] or "", low, high)


def contradictions(county: County) -> HTML:
    """Every broken identity with both sides, their difference, a sentence and where the figure stands."""
    broken = [r for r in county.identities if not r["passes"]]
    text = heading("自相矛盾") + Markup(
        '<p>共核对勾稽关系<b data-count="{0}">{0}</b>处，其中<b data-count="{1}">{1}</b>处不成立。'
        "不成立的两边哪边有误，本页不作推断，也不据此发布指标值；请有关单位核实后更正。</p>"
    ).format(len(county.identities), len(broken))
    if not broken:
        return HTML(text)
    heads = ["勾稽关系", "时期", "本项上报", "对照数", "相差", "说明", "本项依据"]
    return HTML(text + table("不成立的勾稽关系", heads, by_town(broken, lambda r: _identity_line(county, r), len(heads)), (2, 3, 4)))


def _identity_line(county: County, row: Row) -> Markup:
    unit, place = county.unit(row["indicator"]), ("town_code", "period_start", "period_end", "indicator", "breakdown_by", "breakdown")
    source = next((f for f in county.figures if all(f[c] == row[c] for c in place)), {})
    left = number(row, "left_value", figure(row["left_value"], unit)) + Markup("<br><small>{}</small>").format(row["indicator_name"])
    relation = {"=": "两边应当相等", ">=": "本项应当不小于它"}[row["operator"]]
    right = number(row, "right_value", figure(row["right_value"], unit)) + Markup("<br><small>{}</small>").format(relation)
    figures = [left, right, number(row, "difference", change(row["difference"], unit))]
    where = Markup('<span class="evidence">{}</span>').format(evidence(source))
    return _line("mart_identity_check", row, item_name(row, row["identity_name"]), figures, row["sentence"], where)


def quality(county: County) -> HTML:
    """What intake could not take as it stands, and what the expectations found."""
    counts = Counter(p["severity"] for p in county.problems)
    parts = "、".join(f"{word}{counts[s]}条" for s, word in SEVERITIES.items() if s != "info")
    text = heading("收表与校验") + Markup('<p>收表发现问题<b data-count="{0}">{0}</b>条（{1}）。</p>').format(len(county.problems), parts)
    if county.problems:
        lines = Markup("").join(
            Markup('<tr><th scope="row">{}</th>{}</tr>').format(
                county.towns.get(p["town_code"], {}).get("town_name", "未识别乡镇"),
                cells(
                    " · ".join(filter(None, (p["source_file"], p["source_sheet"], p["cell"]))),
                    f"{SEVERITIES[p['severity']]} {p['rule_id']}",
                    p["found"] or NONE,
                    p["message"],
                ),
            )
            for p in county.problems
        )
        heads = ["单位", "位置", "级别与规则", "原文", "说明"]
        text += table("收表发现的问题", heads, Markup("<tbody>{}</tbody>").format(lines))
    failed = [e for e in county.expectations if not e["success"]]
    text += Markup('<p>数据校验<b data-count="{0}">{0}</b>项，其中<b data-count="{1}">{1}</b>项没有通过。</p>').format(
        len(county.expectations), len(failed)
    )
    if failed:
        lines = Markup("").join(
            Markup('<tr><th scope="row">{}</th>{}<td class="number">{}</td></tr>').format(
                e["note"] or e["expectation"],
                cells(
                    f"{e['table_name']}.{e['column_name']}" if e["column_name"] else e["table_name"],
                    SEVERITIES.get(e["severity"], e["severity"]),
                ),
                NONE if e["unexpected_count"] is None else e["unexpected_count"],
            )
            for e in failed
        )
        heads = ["校验内容", "表与列", "级别", "不符行数"]
        text += table("没有通过的校验", heads, Markup("<tbody>{}</tbody>").format(lines), (3,))
    return HTML(text)


def reading() -> HTML:
    """How to read the page: what each verdict means, where the intervals come from, how figures are rounded."""
    items = Markup("").join(Markup("<dt>{}</dt><dd>{}</dd>").format(badge(v), meaning) for v, meaning in MEANINGS.items())
    rules = Markup("").join(Markup("<dt>{}</dt><dd>{}</dd>").format(*rule) for rule in RULES)
    return HTML(heading("怎样读这些数") + Markup('<dl class="notes">{}{}</dl>').format(items, rules))
