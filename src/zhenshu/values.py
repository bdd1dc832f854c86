"""Exact reading of one cell: what a clerk typed becomes a value of the declared type, or an `Unreadable` that says why not.

Nothing is rounded and nothing guessed. Blank means unknown, never zero. Arithmetic is decimal throughout.
"""

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

from .contract import Column

BLANKS = {"", "-", "--", "—", "——", "–", "―", "/", "\\", "无", "空", "…", "……", "N/A", "n/a", "null"}
# unit -> (family, factor to the family's own unit); the warehouse stores the unit whose factor is 1
UNITS = {
    **{u: ("元", Decimal(f)) for u, f in (("元", 1), ("百元", 100), ("千元", 1000), ("万元", 10_000))},
    **{u: ("元", Decimal(f)) for u, f in (("百万元", 10**6), ("千万元", 10**7), ("亿元", 10**8))},
    **{u: ("人次", Decimal(1)) for u in ("人次", "次")},
    **{u: ("人", Decimal(1)) for u in ("人", "名")},
    **{u: (u, Decimal(1)) for u in ("户", "个", "亩", "村", "项", "处", "公里", "千米", "吨", "套", "所", "家", "天", "岁")},
    "%": ("share", Decimal("0.01")),
    "‰": ("share", Decimal("0.001")),
    "share": ("share", Decimal(1)),
}
MULTIPLES = {"": 1, "百": 100, "千": 1000, "万": 10_000, "亿": 10**8}
NUMBER = re.compile(r"([+-]?)(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?([^\d.,].*)?")
DATE = re.compile(r"(\d{4})[-./年](\d{1,2})(?:[-./月](\d{1,2})日?|月)?(?: 00:00:00)?")
TRUE, FALSE = {"是", "√", "✓", "Y", "1", "有", "达标"}, {"否", "×", "✗", "X", "N", "0", "未达标"}
SERIALS = range(20_000, 80_000)  # days from 1954 to 2119


class Unreadable(ValueError):
    """A cell that cannot be read exactly. `rule` is its id in docs/intake.md, the text what was expected, in Chinese."""

    def __init__(self, rule: str, expected: str):
        super().__init__(expected)
        self.rule = rule


@dataclass(frozen=True)
class Value:
    """What a cell holds: `text` as the seed stores it, and for a figure its half unit and the unit it was printed in."""

    text: str
    half_unit: Decimal = Decimal(0)
    unit: str | None = None


def plain(cell: object) -> str:
    """A cell as half-width text without surrounding space; ="123" loses its wrapping, a whole float its .0."""
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float):
        # Excel keeps 15 significant digits: 0.30000000000000004 is its 0.3
        return format(Decimal(format(cell, ".15g")), "f")
    text = re.sub(r"\s+", " ", unicodedata.normalize("NFKC", str(cell))).strip()
    wrapped = re.fullmatch(r'="(.*)"', text)
    return wrapped[1].strip() if wrapped else text


def _number(text: str) -> tuple[Decimal, int, str]:
    """(value, decimals, what follows the digits)."""
    match = NUMBER.fullmatch(text.replace(" ", ""))
    if not match:
        raise Unreadable("V01", "应为数字")
    sign, whole, fraction, rest = match.groups()
    return Decimal(sign + whole.replace(",", "") + (fraction or "")), len(fraction or "") - 1 if fraction else 0, rest or ""


def _unit_of(rest: str, stated: str | None, column: Column) -> str | None:
    """The unit a cell's figure is in: its own suffix, else what heading or unit line state, else the form's."""
    if not rest:
        return stated or column.unit
    if rest in UNITS:
        return rest
    if rest in MULTIPLES:
        # 1.2万 among 元 or 万元 is 1.2 万元; among 人 it is 12000 人
        return rest + (UNITS[column.unit][0] if column.unit else "")
    raise Unreadable("V02", f"数字后面的“{rest}”不是计量单位")


def _factor(unit: str | None, column: Column) -> Decimal:
    if unit is None:
        return Decimal(1)
    if unit not in UNITS and unit[:1] in MULTIPLES and unit[1:] in UNITS:
        return MULTIPLES[unit[0]] * _factor(unit[1:], column)
    if unit not in UNITS:
        raise Unreadable("V03", f"不认识计量单位“{unit}”")
    family, factor = UNITS[unit]
    expected = UNITS[column.unit][0] if column.unit else family
    if family != expected:
        raise Unreadable("V04", f"计量单位应为{column.unit}，现为{unit}")
    return factor


def read_figure(cell: object, column: Column, stated_unit: str | None, percent_format: bool = False) -> Value | None:
    """An integer, decimal or percent cell in the unit the warehouse stores; None when blank.

    `stated_unit` is what the heading, the unit row or the unit line say; `percent_format` that Excel shows the cell as a percentage.
    Source of the half unit: half of the last digit as printed, the only tolerance a comparison may use.
    """
    if isinstance(cell, (dt.date, dt.time, dt.timedelta, bool)):
        raise Unreadable("V01", "应为数字，现为日期或逻辑值")
    text = plain(cell)
    if text in BLANKS:
        return None
    number, decimals, rest = _number(text)
    if column.type == "percent":
        return _percent(number, decimals, rest, stated_unit, percent_format)
    unit = _unit_of(rest, stated_unit, column)
    factor = _factor(unit, column)
    value = number * factor
    if column.min is not None and value < column.min:
        raise Unreadable("V05", f"不应小于{column.min}")
    if column.type == "integer" and value != value.to_integral_value():
        raise Unreadable("V06", f"应为整数（{column.unit or '个'}）")
    places = 0 if column.type == "integer" else 2 if column.unit == "元" else 8
    counted = column.type == "integer" or (unit is not None and unit in UNITS and UNITS[unit][0] not in ("元", "share"))
    exact = counted and factor == 1 and decimals == 0
    half_unit = Decimal(0) if exact else factor * Decimal(5).scaleb(-decimals - 1)
    return Value(_fixed(value, places, "分" if column.unit == "元" else "小数点后八位"), half_unit, unit)


def stored_unit(unit: str | None) -> str | None:
    """The unit a figure is stored in when it was printed in `unit`: 元 for 万元, share for %."""
    return UNITS[unit][0] if unit in UNITS else unit


def _percent(number: Decimal, decimals: int, rest: str, stated_unit: str | None, percent_format: bool) -> Value:
    if percent_format:
        return Value(_fixed(number, 8, "小数点后八位"), Decimal(5).scaleb(-decimals - 1), "share")
    unit = rest or stated_unit
    if unit not in ("%", "‰"):
        raise Unreadable("V07", "看不出是百分数还是小数：请写成 92.13%")
    factor = UNITS[unit][1]
    return Value(_fixed(number * factor, 8, "小数点后八位"), factor * Decimal(5).scaleb(-decimals - 1), unit)


def _fixed(value: Decimal, places: int, finest: str) -> str:
    fixed = value.quantize(Decimal(1).scaleb(-places))
    if fixed != value:
        raise Unreadable("V08", f"比{finest}还细，无法精确入库")
    return format(fixed, "f")


def read_date(cell: object) -> str | None:
    """ISO date; a month alone is its first day (the caller says so). None when blank."""
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat()
    if isinstance(cell, dt.date):
        return cell.isoformat()
    text = plain(cell)
    if text in BLANKS:
        return None
    try:
        if text.isdigit() and len(text) in (6, 8):
            return dt.date(int(text[:4]), int(text[4:6]), int(text[6:] or 1)).isoformat()
        if text.isdigit() and int(text) in SERIALS:
            return (dt.date(1899, 12, 30) + dt.timedelta(int(text))).isoformat()
        match = DATE.fullmatch(text)
        if match:
            return dt.date(int(match[1]), int(match[2]), int(match[3] or 1)).isoformat()
    except ValueError:
        raise Unreadable("V09", "没有这一天") from None
    raise Unreadable("V09", "应为日期，如 2020-06-18")


def is_month_only(cell: object) -> bool:
    """Whether a date cell names a month without a day (2020年6月, 202006)."""
    text = plain(cell)
    match = DATE.fullmatch(text)
    return bool(match and not match[3]) or (text.isdigit() and len(text) == 6)


def read_year(cell: object) -> str | None:
    """A year from 2019, "2019年" or a date."""
    if isinstance(cell, (dt.date, dt.datetime)):
        return str(cell.year)
    text = plain(cell)
    if text in BLANKS:
        return None
    if re.fullmatch(r"(19|20)\d\d年?度?", text):
        return text[:4]
    try:
        return read_date(cell)[:4]
    except Unreadable:
        raise Unreadable("V10", "应为年度，如 2019") from None


def read_boolean(cell: object) -> str | None:
    """'true', 'false' or None when blank."""
    text = plain(cell).upper()
    if text in TRUE or text in FALSE:
        return str(text in TRUE).lower()
    if text in BLANKS:
        return None
    raise Unreadable("V11", "应填“是”或“否”")


def read_code(cell: object, column: Column) -> str | None:
    """A value of the column's code list; a spelling seen before (code_spelling.csv) is mapped, any other is a problem."""
    text = plain(cell).replace(" ", "")
    if text in column.values:
        return text
    if text in column.spellings:
        return column.spellings[text] or None
    if text in BLANKS:
        return None
    raise Unreadable("V12", f"应为：{'、'.join(column.values)}")


def read_text(cell: object) -> str | None:
    """Text; a number keeps its digits. A number too long for Excel to hold exactly is a problem."""
    text = plain(cell)
    if isinstance(cell, (int, float)) and not isinstance(cell, bool) and abs(cell) >= 1e15:
        raise Unreadable("V13", "长数字被表格软件改坏，请以文本格式重填")
    return None if text in BLANKS else text
