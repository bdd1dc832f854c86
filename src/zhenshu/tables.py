"""Tables that several pages share: identities with their explanations, figures beside what was reported, and the words of a tip."""

from markupsafe import Markup, escape

from .county import PLACE, County
from .figures import NONE, Row, change, digits, figure, row_decimals, row_period
from .markup import Grid, Line, Shown, datum, evidence_address, interval_text, linked, number, place, value_text, verdict_cell, verdict_of
from .words import is_english, name_of, registry_text, t

CHECKED = {"ledger": "与台账核对", "identity": "与勾稽关系核对", "parts": "与分项核对"}


def item_name(county: County, row: Row) -> str:
    """What a row speaks of: its indicator and, where it is a part, which part."""
    name = name_of(county.registry, str(row["indicator"]), row.get("indicator_name"))
    if row["breakdown_by"] == "total":
        return name
    return f"{name} · {part_name(county, row)}"


def part_name(county: County, row: Row) -> str:
    """A part's name in the pages' language."""
    if is_english():
        return county.part_names.get((row["breakdown_by"], row["breakdown"]), str(row["breakdown"]))
    return f"{row['breakdown']}{'年' if str(row['breakdown_by']).endswith('_year') else ''}"


def only_reported(row: Row) -> bool:
    """Whether a row's value is nothing but the reported one."""
    return row["checked_against"] == "none" and row["reported_value"] is not None and row["value"] == row["reported_value"]


def tip_text(county: County, row: Row, decimals: int) -> str:
    """What stands behind a figure, in one line: numerator, denominator, interval, reported value, verdict."""
    parts = []
    if row["kind"] not in ("count", "amount"):
        entry = county.registry.get(str(row["indicator"]), {})
        top, bottom = (NONE if row[c] is None else figure(row[c], county.unit(str(entry.get(c)))) for c in ("numerator", "denominator"))
        parts.append(f"{top} ÷ {bottom}")
    if interval := interval_text(row, decimals):
        parts.append(t("95%区间{interval}", interval=interval))
    if row["reported_value"] is not None:
        parts.append(t("上报{value}", value=figure(row["reported_value"], str(row["unit"]), "", decimals)))
    return t("；").join(parts)


def figure_cells(county: County, row: Row) -> list[object]:
    """The cells of a figure's row: parts, value, interval, reported, difference, verdict."""
    unit, kind, printed = str(row["unit"]), str(row["kind"]), row["reported_printed"]
    decimals = row_decimals(row)
    value = linked(row, number(row, "value", value_text(row, decimals)), county.is_public)
    difference = number(row, "difference", change(row["difference"], unit, kind, decimals))
    if only_reported(row):
        # the warehouse repeats the reported figure here; to show it as recomputed, and the difference as 0, would claim a check
        none = Markup('<span class="none">{}</span>').format(NONE)
        value, difference = linked(row, Shown(none), county.is_public), Shown(none)
    missing = t("数小不公布") if row["verdict"] == "suppressed" else t("未报")
    stated = missing if row["reported_value"] is None else figure(row["reported_value"], unit, "", decimals)
    shown = datum(row, "reported_value", stated)
    # 57,000 and 57000人 are the same digits; the original words stand only beside what looks different
    if row["reported_value"] is not None and printed and digits(str(printed)) != digits(stated):
        shown += Markup("<small>{}</small>").format(t("原文 {text}", text=printed))
    reported = Shown(shown, row["reported_value"], unit)
    verdict = verdict_cell(row)
    if row["verdict"] in ("agrees", "differs") and row["checked_against"] in CHECKED:
        verdict = Shown(verdict.html + Markup("<small>{}</small>").format(t(CHECKED[str(row["checked_against"])])), verdict.plain)
    interval = Markup("")
    if row["lower_95"] is not None and row["upper_95"] is not None:
        low, high = (datum(row, c, figure(row[c], unit, kind, decimals)) for c in ("lower_95", "upper_95"))
        interval = Markup('<span title="{}">{}—{}</span>').format(row["interval_method"] or "", low, high)
    return [_parts(county, row), value, Shown(interval, interval_text(row, decimals)), reported, difference, verdict]


def _parts(county: County, row: Row) -> Shown:
    if row["kind"] in ("count", "amount") or (row["numerator"] is None and row["denominator"] is None):
        return Shown(Markup(""))
    entry = county.registry.get(str(row["indicator"]), {})
    texts = {c: t("空缺") if row[c] is None else figure(row[c], county.unit(str(entry.get(c)))) for c in ("numerator", "denominator")}
    top, bottom = (datum(row, c, text) for c, text in texts.items())
    return Shown(Markup("{} ÷ {}").format(top, bottom), f"{texts['numerator']} ÷ {texts['denominator']}")


def definition(county: County, indicator: str) -> str:
    """What an indicator is, in one line: what is divided by what, and by which document."""
    entry = county.registry.get(indicator)
    if entry is None:
        return t("指标登记之外，按上报原名。")
    formula = ""
    if entry["numerator"]:
        wording = "" if is_english() or not entry["denominator_wording"] else f"（{entry['denominator_wording']}）"
        formula = f"{name_of(county.registry, entry['numerator'])} ÷ {name_of(county.registry, entry['denominator'])}{wording}"
    return t("；").join(filter(None, (formula, str(entry.get("source") or ""))))


def defined(county: County, indicator: str, name: str) -> Markup:
    """An indicator's name as the way to its definition."""
    if indicator not in county.registry:
        return escape(name)
    said = definition(county, indicator)
    return Markup('<a class="f" href="method.html#i-{}" data-tip="{}">{}</a>').format(indicator, said, name)


def figure_line(county: County, row: Row, group: str = "", rest: tuple = ()) -> Line:
    """A figure as a table row."""
    name = item_name(county, row)
    label = Shown(defined(county, str(row["indicator"]), name), name)
    return Line([label, row_period(row), *figure_cells(county, row), *rest], place("mart_town_indicator", row), group)


def figure_heads() -> list[str]:
    """The headings of `figure_line`."""
    return [t(h) for h in ("指标", "时期", "分子 ÷ 分母", "重算值", "95%区间", "上报值", "重算减上报", "结论")]


def identity_grid(county: County, name: str, rows: list[Row], with_town: bool = True) -> Grid:
    """Identities with both sides, their difference, what was expected and the smallest explanation."""
    heads = [t(h) for h in ("勾稽关系", "时期", "本项上报", "对照数", "相差", "说明", "最简单的解释（仅供核对）")]
    lines = [_identity_line(county, r, with_town) for r in rows]
    if with_town:
        heads.insert(1, t("乡镇"))
    right = (3, 4, 5) if with_town else (2, 3, 4)
    return Grid(name, t("不成立的勾稽关系"), heads, lines, right, filters=(1,) if with_town else ())


def identity_words(county: County, row: Row) -> tuple[str, str]:
    """The name of a checked identity and what it asks, in the pages' language."""
    entry = county.named_identities.get(row["identity"])
    if entry is None:
        return str(row["identity_name"]), str(row["sentence"])
    return registry_text(entry, "name_zh", "name_en"), registry_text(entry, "sentence", "sentence_en")


def _identity_line(county: County, row: Row, with_town: bool) -> Line:
    unit = county.unit(str(row["indicator"]))
    relation = {"=": t("两边应当相等"), ">=": t("本项应当不小于它")}.get(str(row["operator"]), "")
    told, sentence = identity_words(county, row)
    link = escape(told) if county.is_public else Markup('<a href="{}">{}</a>').format(evidence_address(row), told)
    label = Shown(link + Markup("<small>{}</small>").format(item_name(county, row)), f"{told}：{item_name(county, row)}")
    left = number(row, "left_value", figure(row["left_value"], unit), unit)
    right = number(row, "right_value", figure(row["right_value"], unit), unit)
    right = Shown(right.html + Markup("<small>{}</small>").format(relation), right.plain, unit)
    gap = number(row, "difference", change(row["difference"], unit), unit)
    cells = [label, *([row["town_name"]] if with_town else []), row_period(row), left, right, gap]
    return Line([*cells, sentence, row["explanation"] or NONE], place("mart_identity_check", row))


__all__ = [
    "PLACE",
    "figure_cells",
    "figure_heads",
    "figure_line",
    "identity_grid",
    "identity_words",
    "item_name",
    "part_name",
    "tip_text",
    "verdict_of",
]
