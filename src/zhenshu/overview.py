"""Portal and county overview: what is here, the state of the data, each subject's main indicators by township."""

from collections import Counter
from dataclasses import replace

from IPython.display import HTML
from markupsafe import Markup

from .county import County, Period
from .figures import NONE, VERDICTS, Row, day_label, figure, row_decimals, row_period
from .markup import (
    Grid,
    Line,
    Shown,
    count,
    datum,
    glyph,
    heading,
    linked,
    paragraph,
    place,
    value_text,
    verdict_counts,
    verdict_of,
)
from .tables import definition, identity_grid, tip_text
from .words import name_of, t

SUBJECTS = {
    "脱贫": ("poverty_exit",),
    "健康": ("medical",),
    "教育": ("education",),
    "资金": ("fund",),
    "问题整改与项目": ("rectification", "project"),
    "报送质量": ("reporting",),
}
MAIN_KINDS = ("proportion", "money_ratio", "count_ratio", "rate")
MANY = 30  # townships


def scope(county: County) -> HTML:
    """Which townships and periods the pages speak of; townships of different counties are not to be compared."""
    return HTML(_state(county))


def _state(county: County) -> Markup:
    if county.broken:
        return paragraph(t("数据库无法读取，本页没有可以显示的数：{why}", why=county.broken), "warning")
    if not county.figures:
        return paragraph(t("库中还没有任何指标，本页没有可以显示的数。"), "warning")
    first, last = (f(r[c] for r in county.figures) for f, c in ((min, "period_start"), (max, "period_end")))
    towns = dict.fromkeys(r["town_code"] for r in county.figures)
    names = [str(county.towns[c]["town_name"]) for c in towns]
    text = paragraph(
        Markup(t("{names}共{towns}个单位，{first}至{last}。")).format(
            names=t("、").join(names), towns=count(len(towns), "towns"), first=day_label(first), last=day_label(last)
        ),
        "lead",
    )
    if len(county.counties) > 1:
        places = t("、").join(f"{county.towns[c]['town_name']}（{county.towns[c]['county_name'] or t('县名不详')}）" for c in towns)
        text += Markup('<p class="warning"><strong>{}</strong>{}</p>').format(
            t("注意："), t("{places}分属不同的县，不能相互比较，也不能相加为全县数。", places=places)
        )
    if county.is_public:
        text += paragraph(t("公开版：健康、教育等方面不足五人的数及可据以推算的数不公布，以＊表示；不含逐户逐人记录。"), "note")
    return text


# ---- portal


def portal(county: County) -> HTML:
    """What there is to read, and the state of the data in a line each."""
    pages = [
        ("county_overview.html", t("县级总览"), t("最近一期各方面主要指标，全县与各乡镇对照，自相矛盾之处。")),
        ("comparison.html", t("乡镇比较"), t("任选指标与时期：排序、区间、漏斗图、逐月变化、得分。")),
        ("quality.html", t("数据质量"), t("报送、问题、勾稽关系、疑点、上报与重算的差异。")),
        ("method.html", t("方法与口径"), t("每个指标的分子分母、依据、区间、目标，勾稽关系和核对结论。")),
    ]
    items = Markup("").join(Markup('<li><a href="{}">{}</a><span>{}</span></li>').format(*p) for p in pages)
    text = _state(county) + Markup('<ul class="cards">{}</ul>').format(items)
    return HTML(text + _numbers(county) + _town_links(county))


def _numbers(county: County) -> Markup:
    missing = sum(r["status"] == "missing" for r in county.submissions)
    sent = len({(r["town_code"], r["form"], r["period_start"], r["period_end"]) for r in county.submissions if r["status"] != "missing"})
    failed = sum(not r["passes"] for r in county.identities)
    errors = sum(r["severity"] == "error" for r in county.problems)
    facts = [
        (t("指标值"), len(county.figures), "figures", "method.html"),
        (t("收到的表"), sent, "sent", "quality.html#submissions"),
        (t("应报未报"), missing, "missing", "quality.html#submissions"),
        (t("读表问题"), len(county.problems), "problems", "quality.html#problems"),
        (t("其中未入库"), errors, "errors", "quality.html#problems"),
        (t("勾稽关系"), len(county.identities), "identities", "quality.html#identities"),
        (t("其中不成立"), failed, "failed", "quality.html#identities"),
        (t("疑点"), len(county.flags), "flags", "quality.html#flags"),
    ]
    items = Markup("").join(
        Markup('<li><a href="{}">{} {}</a></li>').format(link, count(number, name), label) for label, number, name, link in facts
    )
    return heading(t("数据状况"), "state") + Markup('<ul class="counts">{}</ul>').format(items)


def _town_links(county: County) -> Markup:
    lines = []
    for code, name in county.reporting.items():
        found = Counter(verdict_of(r) for r in county.figures if r["town_code"] == code)
        problems = sum(r["town_code"] == code for r in county.problems)
        failed = sum(r["town_code"] == code and not r["passes"] for r in county.identities)
        link = Shown(Markup('<a href="town_{}.html">{}</a>').format(code, name), name)
        sheet = Shown(Markup('<a href="sheet_{}.html" aria-label="{} {}">{}</a>').format(code, name, t("考核表"), t("考核表")), "")
        figures = [found["agrees"], found["differs"], found["contradicts"], found["suspicious"], found["not computable"], failed, problems]
        lines.append(Line([link, *figures, sheet]))
    heads = [t("乡镇"), *(t(VERDICTS[v][1]) for v in ("agrees", "differs", "contradicts", "suspicious", "not computable"))]
    heads += [t("勾稽关系不成立"), t("读表问题"), t("考核表")]
    return heading(t("各乡镇"), "towns") + Grid("towns", t("各乡镇的核对结论（个）"), heads, lines, range(1, 8)).html()


# ---- overview


def verdicts(county: County) -> HTML:
    """How many figures came to which verdict."""
    items = verdict_counts(county.figures, [v for v in VERDICTS if v != "suppressed" or county.is_public])
    return HTML(heading(t("核对结论"), "verdicts") + Markup('<ul class="counts">{}</ul>').format(items))


def subject(county: County, title: str) -> HTML:
    """A subject's main indicators at their latest period: the county's and each township's, with verdicts."""
    chosen = SUBJECTS.get(title)
    named = {s for codes in SUBJECTS.values() for s in codes}
    rows = [
        (code, row)
        for code, row in county.indicators.items()
        if (row["subject"] in chosen if chosen else row["subject"] not in named) and (row["kind"] in MAIN_KINDS or not chosen)
    ]
    text = heading(t(title), title)
    if not rows:
        return HTML(text + paragraph(t("各单位都没有上报这方面的数。")))
    return HTML(
        text + heat(county, f"overview_{list(SUBJECTS).index(title) if chosen else 'other'}", title, [code for code, _ in rows]).html()
    )


def heat(county: County, name: str, title: str, indicators: list[str]) -> Grid:
    """Indicator × township at each indicator's latest period."""
    towns = dict.fromkeys(r["town_code"] for r in county.figures)
    lines = [_heat_line(county, code, list(towns)) for code in indicators]
    heads = [t("指标"), t("时期"), *([t("全县")] if len(county.counties) == 1 else [])]
    heads += [str(county.towns[c]["town_name"]) for c in towns]
    return Grid(name, t("{title}：最近一期", title=t(title)), heads, lines, range(2, len(heads)), classes="heat")


def _heat_line(county: County, code: str, towns: list[str]) -> Line:
    sample, period = county.indicators[code], county.periods[code][0]
    # a township that has no figure for this period shows its own latest, and says of when
    rows = [county.totals.get((town, code, period)) or county.latest(town, code) for town in towns]
    shares = [r for r in rows if r and r["unit"] == "share" and r["value"] is not None]
    decimals = max([row_decimals(r) for r in shares], default=1)
    name = name_of(county.registry, code, sample["indicator_name"])
    label = Shown(Markup('<a href="comparison.html#{}" data-tip="{}">{}</a>').format(code, definition(county, code), name), name)
    label = Shown(label.html + Markup("<small>{}</small>").format(_denominator(county, sample)), name)
    spans = sample | {"period_start": period[0], "period_end": period[1]}
    cells = [label, row_period(spans)]
    if len(county.counties) == 1:
        cells.append(_county_cell(county, code, period, decimals))
    tints = _tints([r for r in rows if r is None or r["period_end"] == period[1]]) if len(county.counties) == 1 else []
    tints = tints if len(tints) == len(rows) else [0] * len(rows)
    return Line([*cells, *(replace(_heat_cell(county, r, decimals, period), tint=tint) for r, tint in zip(rows, tints, strict=True))])


def _tints(rows: list[Row | None]) -> list[int]:
    """Where each figure stands between the lowest and the highest, in five steps."""
    values = [float(r["value"]) for r in rows if r and r["value"] is not None]
    low, span = (min(values), max(values) - min(values)) if values else (0, 0)
    return [round(4 * (float(r["value"]) - low) / span) if span and r and r["value"] is not None else 0 for r in rows]


def _denominator(county: County, row: Row) -> str:
    if not row["denominator_wording"]:
        return ""
    entry = county.registry.get(row["indicator"], {})
    return f"÷ {name_of(county.registry, entry.get('denominator') or '', row['denominator_wording'])}"


def _county_cell(county: County, code: str, period: tuple, decimals: int) -> Shown:
    row = county.whole_county.get((code, period))
    if row is None:
        return Shown(Markup(NONE))
    text = value_text(row | {"reported_printed": None, "reported_value": None}, decimals)
    told = Markup("<span {}>{}</span>").format(place("mart_county_indicator", row), datum(row, "value", text))
    if row["missing_town_count"]:
        told += Markup("<small>{}</small>").format(t("缺{n}个乡镇", n=row["missing_town_count"]))
    return Shown(told, row["value"], row["unit"])


def _heat_cell(county: County, row: Row | None, decimals: int, period: Period) -> Shown:
    if row is None:
        return Shown(Markup('<span class="none">{}</span>').format(NONE))
    verdict = verdict_of(row)
    text = figure(row["value"], row["unit"], row["kind"], decimals) if row["value"] is not None else value_text(row)
    shown = Shown(datum(row, "value", text), row["value"], row["unit"])
    # with many townships the page would grow past what a slow computer opens at once: the evidence has it all
    tip = tip_text(county, row, decimals) if len(county.reporting) <= MANY else ""
    found = linked(row, shown, county.is_public, tip)
    said = found.html + (Markup("") if verdict == "not reported" else glyph(verdict))
    if (row["period_start"], row["period_end"]) != period:
        said += Markup("<small>{}</small>").format(row_period(row))
    return Shown(said, found.plain, found.unit)


def contradictions(county: County) -> HTML:
    """Every broken identity of a form itself: no value is published from it."""
    broken = [r for r in county.identities if not r["passes"]]
    text = heading(t("自相矛盾与不成立的勾稽关系"), "contradictions") + paragraph(
        Markup(t("共核对勾稽关系{all}处，其中{broken}处不成立。")).format(
            all=count(len(county.identities), "identities"), broken=count(len(broken), "failed")
        )
        + t("表内自相矛盾的不发布指标值；请有关单位核实后更正。")
    )
    if not broken:
        return HTML(text)
    return HTML(text + identity_grid(county, "overview_identities", broken).html())
