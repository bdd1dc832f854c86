"""Figures and periods as text, the way officials write them. Pure functions: a wrong rounding here is a wrong figure on every page."""

import calendar
import datetime as dt
import re
import unicodedata
from decimal import ROUND_HALF_UP, Decimal

from .words import is_english, t

Row = dict[str, object]
NONE = "—"
# glyphs that every Chinese font has, so that a verdict is read without colour
VERDICTS = {
    "contradicts": ("×", "自相矛盾"),
    "differs": ("≠", "有出入"),
    "suspicious": ("？", "存疑"),
    "not computable": ("／", "无法计算"),
    "not reported": ("○", "未报"),
    "agrees": ("√", "一致"),
    "unchecked": ("◇", "仅有上报数，未经核对"),
    "suppressed": ("＊", "数小不公布"),
}
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def exact(value: object) -> Decimal:
    """A warehouse value as the decimal number it is written as."""
    return value if isinstance(value, Decimal) else Decimal(str(value))


def digits(text: str) -> str:
    """The first number in a text, without separators; empty where it holds none."""
    found = re.search(r"[-−]?\d+(?:\.\d+)?", unicodedata.normalize("NFKC", text).replace(",", ""))
    return found[0] if found else ""


def without_noise(share: object) -> Decimal:
    """A share without the last digits of a double, which come from arithmetic and not from anybody's figures."""
    return round_half_up(exact(share), 12)


def round_half_up(value: Decimal, decimals: int) -> Decimal:
    """四舍五入."""
    return value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


def rounded(value: Decimal, decimals: int) -> str:
    """Rounded half up, with thousands separators; the minus sign is a real one, and zero has none."""
    number = round_half_up(value, decimals)
    return f"{abs(number):,f}" if number >= 0 else f"−{abs(number):,f}"


def plain(value: Decimal) -> str:
    """All digits that count and no more."""
    return rounded(value, max(0, -int(value.normalize().as_tuple().exponent)))


def share_decimals(share: object, printed: str | None = None) -> int:
    """How many decimals a percentage is shown with: one, or as many as the township printed.

    More where the rounding would mislead: below 1 % two digits that count, and never 0 % or 100 % for what is not quite so.
    """
    found = digits(printed or "").replace("−", "-")
    decimals = len(found.partition(".")[2])
    # a percent cell may come as the bare number 0.9213: two of its decimals belong to the percentage
    if decimals and share is not None and abs(exact(share) - exact(found)) < abs(exact(share) * 100 - exact(found)):
        decimals -= 2
    # 4 is what anybody prints on purpose; a cell that holds a quotient has 15
    decimals = min(max(decimals, 1), 4)
    if share is None:
        return decimals
    percent = without_noise(share) * 100
    if 0 < abs(percent) < 1:
        decimals = max(decimals, 1 - percent.adjusted())
    while percent != 100 and round_half_up(percent, decimals) == 100:
        decimals += 1
    return decimals


def row_decimals(row: Row) -> int:
    """One number of decimals for all shares of a row, so that recomputed and reported stand digit for digit."""
    return max(share_decimals(row[c], row["reported_printed"]) for c in ("value", "reported_value")) if row["unit"] == "share" else 0


def figure(value: object, unit: str, kind: str = "", decimals: int = 1) -> str:
    """A figure with its unit: shares as percent, money of 10,000 元 and more in 万元 to the last digit, averages to 分."""
    if value is None:
        return NONE
    if unit == "share":
        return rounded(without_noise(value) * 100, decimals) + "%"
    number = exact(value)
    if kind == "rate":
        return rounded(number, 2) + _unit(unit)
    if unit == "元" and abs(number) >= 10000 and not is_english():
        return plain(number / 10000) + "万元"
    return plain(number) + _unit(unit)


def _unit(unit: str) -> str:
    return f" {t(unit)}" if unit and is_english() else unit


def change(value: object, unit: str, kind: str = "", decimals: int = 1) -> str:
    """A difference with its sign; one too small for the digits shown says so instead of showing zero."""
    if value is None:
        return NONE
    number = exact(value)
    if unit == "share":
        number, unit = without_noise(value) * 100, t("个百分点")
    elif kind == "rate":
        decimals = 2
    else:
        text = figure(abs(number), unit, kind)
        return f"+{text}" if number > 0 else f"−{text}" if number < 0 else "0"
    if number and not round_half_up(number, decimals):
        return t("不足{amount}", amount=f"{Decimal(1).scaleb(-decimals):f}{unit}")
    return ("+" if number > 0 else "") + (rounded(number, decimals) + unit if number else "0")


def period_label(start: dt.date, end: dt.date, as_of: bool = False) -> str:
    """A period as officials write it; `as_of` for what stands at the period's end (存量) and not for what happened in it."""
    if is_english():
        return _english_period(start, end, as_of)
    last_day = calendar.monthrange(end.year, end.month)[1] == end.day
    if as_of:
        if not last_day:
            return f"截至{day_label(end)}"
        return f"截至{end.year}年底" if end.month == 12 else f"截至{end.year}年{end.month}月底"
    if start.day != 1 or not last_day:
        return day_label(end) if start == end else f"{day_label(start)}—{day_label(end)}"
    span = (start.month, end.year - start.year, end.month)
    if known := {(9, 1, 1): "{0}年秋季学期", (2, 0, 7): "{0}年春季学期", (9, 1, 8): "{0}—{1}学年", (1, 0, 12): "{0}年"}.get(span):
        return known.format(start.year, end.year)
    if start.year == end.year:
        return f"{start.year}年{start.month}月" if start.month == end.month else f"{start.year}年{start.month}—{end.month}月"
    if (start.month, end.month) == (1, 12):
        return f"{start.year}—{end.year}年"
    return f"{start.year}年{start.month}月—{end.year}年{end.month}月"


def _english_period(start: dt.date, end: dt.date, as_of: bool) -> str:
    last_day = calendar.monthrange(end.year, end.month)[1] == end.day
    if as_of and last_day:
        return f"end of {MONTHS[end.month - 1]} {end.year}"
    if as_of or start.day != 1 or not last_day:
        return f"{day_label(start)} – {day_label(end)}" if not as_of and start != end else day_label(end)
    if start.year == end.year:
        if (start.month, end.month) == (1, 12):
            return str(end.year)
        months = dict.fromkeys((MONTHS[start.month - 1], MONTHS[end.month - 1]))
        return f"{'–'.join(months)} {end.year}"
    return f"{MONTHS[start.month - 1]} {start.year} – {MONTHS[end.month - 1]} {end.year}"


def day_label(day: dt.date) -> str:
    """One day in full."""
    if is_english():
        return f"{day.day} {MONTHS[day.month - 1]} {day.year}"
    return f"{day.year}年{day.month}月{day.day}日"


def row_period(row: Row) -> str:
    """The period of a figure: exit figures are as at its end, the others cover it."""
    return period_label(row["period_start"], row["period_end"], as_of=row.get("subject") == "poverty_exit")
