"""Exact reading of one cell: what a clerk typed becomes a value of the declared type, or an `Unreadable` that says why not.

Nothing is rounded and nothing guessed. Blank means unknown, never zero. Arithmetic is decimal throughout.
"""

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from .contract import Column

BLANKS = {"", "-", "--", "—", "——", "–", "―", "/", "\\", "无", "空", "…", "...", "……", "......", "N/A", "n/a", "null"}
COUNTED = "户 个 亩 村 项 处 公里 千米 米 吨 套 所 家 天 岁 座 条 件 份 笔 期 场 台 口 头 只 株 平方米"
# unit -> (family, factor to the family's own unit); the warehouse stores the unit whose factor is 1
UNITS = {
    **{u: ("元", Decimal(f)) for u, f in (("元", 1), ("百元", 100), ("千元", 1000), ("万元", 10_000))},
    **{u: ("元", Decimal(f)) for u, f in (("十万元", 10**5), ("百万元", 10**6), ("千万元", 10**7), ("亿元", 10**8))},
    **{u: ("人次", Decimal(1)) for u in ("人次", "次")},
    **{u: ("人", Decimal(1)) for u in ("人", "名")},
    **{u: (u, Decimal(1)) for u in COUNTED.split()},
    "%": ("share", Decimal("0.01")),
    "‰": ("share", Decimal("0.001")),
    "share": ("share", Decimal(1)),
}
MULTIPLES = {"百": 100, "千": 1000, "万": 10_000, "亿": 10**8}
ERRORS = {"#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#SPILL!", "#CALC!"}
NUMBER = re.compile(r"([+-]?)(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?(?: ?([^\d., ].*))?", re.ASCII)
DATE = re.compile(r"(\d{4})[-./年](\d{1,2})(?:[-./月](\d{1,2})[日号]?|月)?(?:[ T]\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?)?", re.ASCII)
ORDINAL = re.compile(r"^(?:其中:?|[一二三四五六七八九十]+、|\([一二三四五六七八九十\d]+\)|\d+[.、](?!\d))")
TRUE = {"是", "√", "✓", "☑", "Y", "1", "有", "达标"}
FALSE = {"否", "×", "✗", "X", "N", "0", "未达标", "不达标"}
SERIALS = range(20_000, 80_000)  # days from 1954 to 2119
YEARS = range(1949, 2101)
LARGEST = {0: 10**18, 2: 10**16, 8: 10**10}  # what the seed's type of so many decimals holds: bigint, decimal(18,2), decimal(18,8)
# invisible characters, which web pages and exports leave in cells; Excel writes some of them as _x000D_
INVISIBLE = re.compile(
    r"_x00[01][0-9A-F]_|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\ufff9-\ufffb]"
)


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
    if type(cell) is str:
        # numbers of households and persons are plain already, and each is met once
        return cell if cell.isascii() and cell.isalnum() else _plain_text(cell)
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float):
        # Excel keeps 15 significant digits: 0.30000000000000004 is its 0.3
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else format(Decimal(format(cell, ".15g")), "f")
    return str(cell)


@lru_cache(maxsize=1 << 16)
def _plain_text(text: str) -> str:
    if not unicodedata.is_normalized("NFKC", text):
        text = unicodedata.normalize("NFKC", text)
    if not text.isprintable() or "_x00" in text:
        text = INVISIBLE.sub("", text)
    text = " ".join(text.split()).replace("\u2212", "-").removeprefix("'")
    return text[2:-1].strip() if text.startswith('="') and text.endswith('"') else text


def refuse_errors(cell: object) -> None:
    """Raise Unreadable for a formula that gave an error, or no result yet."""
    if isinstance(cell, str) and cell[:1] in "#＃=":
        text = plain(cell)
        if text.upper() in ERRORS:
            raise Unreadable("V14", "单元格是公式错误，不是数值：请改正公式或直接填写")
        if text.startswith("="):
            raise Unreadable("V19", "公式没有计算结果：请用表格软件打开、保存后重报，或直接填写")


@lru_cache(maxsize=1024)
def known_unit(text: str) -> str | None:
    """The unit that a heading, a unit line or a suffix names (万元, 万人), or None."""
    unit = re.sub(r"[\s()\[\]【】〔〕]|人民币", "", text).replace("仟", "千").replace("佰", "百")
    if unit in UNITS:
        return unit
    base = UNITS.get(unit[1:])
    counts = base and base[1] == 1 and base[0] not in ("share", "元")
    return unit if unit[:1] in MULTIPLES and counts else None


@lru_cache(maxsize=1024)
def _measure(unit: str) -> tuple[str, Decimal]:
    """(family, factor) of a unit. Raises Unreadable for a word that is none."""
    known = known_unit(unit)
    if known is None:
        raise Unreadable("V03", f"不认识计量单位“{unit}”，请改用户、人、人次、元、万元等")
    return UNITS[known] if known in UNITS else (UNITS[known[1:]][0], Decimal(MULTIPLES[known[0]]))


def family(unit: str) -> str:
    """The unit a figure is stored in when it was printed in `unit`: 元 for 万元, 人 for 万人, share for %."""
    return _measure(unit)[0]


def factor(unit: str) -> Decimal:
    """How many stored units one printed unit is: 10000 for 万元, 0.01 for %."""
    return _measure(unit)[1]


def _number(text: str) -> tuple[Decimal, int, str]:
    """(value, decimals, what follows the digits)."""
    match = NUMBER.fullmatch(text)
    if not match:
        raise Unreadable("V01", "应为数字，请只填一个确切的数")
    sign, whole, fraction, rest = match.groups()
    if len(whole) + len(fraction or "") > 24:
        raise Unreadable("V18", "数太长，超出可以精确保存的范围，请核对")
    return Decimal(sign + whole.replace(",", "") + (fraction or "")), len(fraction or "") - 1 if fraction else 0, rest or ""


def _unit_of(rest: str, stated: str | None, column: Column) -> str | None:
    """The unit a cell's figure is in: its own suffix, else what heading or unit line state, else the form's."""
    usual = stated or column.unit
    if not rest:
        return usual
    if rest in MULTIPLES:
        # 1.2万 among 元 or 万元 is 1.2 万元; among 人 it is 12000 人
        rest += family(usual) if usual else ""
    unit = known_unit(rest)
    if unit is None or (not usual and rest in MULTIPLES):
        raise Unreadable("V02", f"数字后面的“{rest}”不是计量单位，请只填数字")
    return unit


def read_figure(cell: object, column: Column, stated_unit: str | None, percent_format: bool = False) -> Value | None:
    """An integer, decimal or percent cell in the unit the warehouse stores; None when blank.

    `stated_unit` is what the heading, the unit row or the unit line say; `percent_format` that Excel shows the cell as a percentage.
    Source of the half unit: half of the last digit as printed, the only tolerance a comparison may use.
    """
    if isinstance(cell, (dt.date, dt.time, dt.timedelta, bool)):
        raise Unreadable("V01", "应为数字，现为日期或逻辑值：请把单元格格式改为常规后重填")
    text = plain(cell)
    if text in BLANKS:
        return None
    number, decimals, rest = _number(text)
    if column.type == "percent":
        return _percent(number, decimals, rest, stated_unit, percent_format)
    unit = "share" if percent_format else _unit_of(rest, stated_unit, column)
    kind, factor = _factor(unit, column, stated_unit, "%" if percent_format else unit)
    value = number * factor
    if column.min is not None and value < column.min:
        hint = f"：若多写了负号，应为 {text.lstrip('-')}" if number < 0 else ""
        raise Unreadable("V05", f"不应小于{column.min}{hint}")
    if column.type == "integer" and value != value.to_integral_value():
        raise Unreadable("V06", f"应为整数（{column.unit or '个'}）")
    counted = column.type == "integer" or kind not in ("", "元", "share")
    exact = counted and factor == 1 and decimals == 0
    half_unit = Decimal(0) if exact else factor * Decimal(5).scaleb(-decimals - 1)
    return Value(_fixed(value, _places(column), "分" if column.unit == "元" else "小数点后八位"), half_unit, unit)


def _factor(unit: str | None, column: Column, stated_unit: str | None, shown: str | None) -> tuple[str, Decimal]:
    """(family, factor) of the unit a figure is in. Raises Unreadable where the column's figures are of another family."""
    kind, factor = _measure(unit) if unit else ("", Decimal(1))
    expected = stated_unit if column.unit is None else column.unit
    if expected and kind != family(expected):
        raise Unreadable("V04", f"计量单位应为{expected}，现为{shown}")
    return kind, factor


def _places(column: Column) -> int:
    """How many decimals the seed keeps."""
    return 0 if column.type == "integer" else 2 if column.unit == "元" else 8


def common_figures(cells: Iterable[object], column: Column, stated_unit: str | None) -> dict[float, str]:
    """What `read_figure` gives as text of those cells that are common numbers, by a shorter way.

    A number x that is n / 10^k correctly rounded, n of at most 15 digits, is the decimal n / 10^k that Excel shows (`plain` prints 15
    significant digits, and a double holds any 15): n is then the figure in the seed's last decimal, and nothing has to be rounded.
    """
    places = _places(column)
    try:
        scale = _factor(stated_unit or column.unit, column, stated_unit, None)[1].scaleb(places)
    except Unreadable:
        return {}
    power, one = int(scale), 10**places
    if power != scale or column.type == "percent" or not re.fullmatch("10*", str(power)):
        return {}
    least, above, shape = max(column.min or 0, 0) * one / power, 1e15 / power, f"%.{places}f"
    return {
        cell: shape % (last / one)
        for cell in cells
        if (type(cell) is float or type(cell) is int) and least <= cell < above and (last := round(cell * power)) / power == cell
    }


def _percent(number: Decimal, decimals: int, rest: str, stated_unit: str | None, percent_format: bool) -> Value:
    unit = "share" if percent_format else rest or stated_unit
    if unit not in (("share",) if percent_format else ("%", "‰")):
        raise Unreadable("V07", "看不出是百分数还是小数：请写成 92.13%")
    factor = UNITS[unit][1]
    return Value(_fixed(number * factor, 8, "小数点后八位"), factor * Decimal(5).scaleb(-decimals - 1), unit)


def _fixed(value: Decimal, places: int, finest: str) -> str:
    if abs(value) >= LARGEST[places]:
        raise Unreadable("V18", "数太大，超出可以精确保存的范围，请核对")
    fixed = value.quantize(Decimal(1).scaleb(-places))
    if fixed != value:
        raise Unreadable("V08", f"比{finest}还细，无法精确入库，请核对")
    return format(fixed, "f")


def _iso(year: int, month: int, day: int) -> str:
    try:
        found = dt.date(year, month, day)
    except ValueError:
        raise Unreadable("V09", "没有这一天，应为日期，如 2020-06-18") from None
    if found.year not in YEARS:
        # a year typed into a cell formatted as a date: 2019 becomes 1905-07-11
        raise Unreadable("V09", f"日期是{found.year}年，不合情理：请以 2020-06-18 的样子重填")
    return found.isoformat()


@lru_cache(maxsize=1 << 15, typed=True)
def read_date(cell: object, epoch_1904: bool = False) -> str | None:
    """ISO date; a month alone is its first day (the caller says so). None when blank.

    A bare serial counts from the book's own first day, which in old Mac workbooks is in 1904.
    """
    if isinstance(cell, dt.date):
        return _iso(cell.year, cell.month, cell.day)
    text = plain(cell)
    if text in BLANKS:
        return None
    serial = int(cell) if isinstance(cell, (int, float)) else int(text) if text.isascii() and text.isdigit() and len(text) == 5 else 0
    if serial in SERIALS:
        found = dt.date(1904, 1, 1) + dt.timedelta(serial) if epoch_1904 else dt.date(1899, 12, 30) + dt.timedelta(serial)
        return _iso(found.year, found.month, found.day)
    if text.isascii() and text.isdigit() and len(text) in (6, 8):
        return _iso(int(text[:4]), int(text[4:6]), int(text[6:] or 1))
    if isinstance(cell, float) and re.fullmatch(r"\d{4}\.1", text):
        raise Unreadable("V09", "看不出是1月还是10月（表格软件把 2020.10 存成了 2020.1），请写成 2020-10-01")
    match = DATE.fullmatch(text)
    if not match:
        raise Unreadable("V09", "应为日期，如 2020-06-18")
    return _iso(int(match[1]), int(match[2]), int(match[3] or 1))


@lru_cache(maxsize=1 << 15, typed=True)
def is_month_only(cell: object) -> bool:
    """Whether a date cell names a month without a day (2020年6月, 202006)."""
    if isinstance(cell, dt.date):
        return False
    text = plain(cell)
    match = DATE.fullmatch(text)
    return bool(match and not match[3]) or (text.isdigit() and len(text) == 6)


def read_year(cell: object, epoch_1904: bool = False) -> str | None:
    """A year from 2019, "2019年" or a date."""
    text = "" if isinstance(cell, dt.date) else plain(cell)
    if text in BLANKS and not isinstance(cell, dt.date):
        return None
    if re.fullmatch(r"(19|20)\d\d年?度?", text, re.ASCII):
        return text[:4]
    if isinstance(cell, float) and re.fullmatch(r"20\d\d\.1", text):
        return text[:4]  # January or October, the year is the same
    try:
        return read_date(cell, epoch_1904)[:4]
    except Unreadable as why:
        raise Unreadable("V10", "应为年度，如 2019" if str(why).startswith(("应", "没有")) else str(why)) from None


def read_boolean(cell: object, column: Column | None = None) -> str | None:
    """'true', 'false' or None when blank. 无 is no blank here: it may well mean 否."""
    text = plain(cell).upper()
    if column and text in column.spellings:
        text = column.spellings[text]
    if text in TRUE or text in FALSE:
        return str(text in TRUE).lower()
    if text in BLANKS - {"无"}:
        return None
    raise Unreadable("V11", "应填“是”或“否”")


def read_code(cell: object, column: Column) -> str | None:
    """A value of the column's code list; a spelling seen before (code_spelling.csv) is mapped, any other is a problem."""
    text = plain(cell).replace(" ", "")
    for spelling in (text, ORDINAL.sub("", text)):
        if spelling in column.values:
            return spelling
        if spelling in column.spellings:
            return column.spellings[spelling]
        if spelling in BLANKS:
            return None
    raise Unreadable("V12", f"应为：{'、'.join(column.values)}")


def read_text(cell: object) -> str | None:
    """Text; a number keeps its digits. A number too long for Excel to hold exactly is a problem."""
    text = plain(cell)
    if isinstance(cell, (int, float)) and not isinstance(cell, bool) and abs(cell) >= 1e15:
        raise Unreadable("V13", "长数字被表格软件改坏，请以文本格式重填")
    return None if text in BLANKS else text
