"""What a figure may have been before its clerk mistyped it: one slip undone, in the digits as printed. Pure functions, no checks here.

Source: digits swapped, mistyped, dropped or typed twice: Scholtus 2009, typing errors with balance edits (Statistics Netherlands 09046);
signs: Scholtus 2008 (the same, 08015). To these our forms add 万元 for 元 and the lost decimal point.
"""

from collections.abc import Iterator
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import NamedTuple

from .values import NUMBER, plain

# simplest first; the text says what is suspected
KINDS = {
    "unit": "疑计量单位差一万倍，如元与万元混用",
    "power_of_ten": "疑小数点错位",
    "sign": "疑正负号相反",
    "swapped": "疑相邻两位数字颠倒",
    "digit": "疑一位数字误填",
    "digit_count": "疑多填或漏填一位数字",
    "omitted": "疑漏填",
}
SIMPLICITY = {kind: rank for rank, kind in enumerate(KINDS)}
SHIFTS = [k for size in range(1, 9) for k in (-size, size)]


class Slip(NamedTuple):
    """One slip undone: `value` in stored units, `printed` as it would stand in the cell, `shift` the k of 10^k between the two figures."""

    kind: str
    value: Decimal
    printed: str
    shift: int = 0


class Figure(NamedTuple):
    """A cell's text taken apart: `number` in units of its last digit, without sign; `decimals` of its `size` digits follow the point."""

    value: Decimal
    factor: Decimal
    number: int
    size: int
    decimals: int
    sign: int
    commas: bool
    suffix: str

    def text(self, value: Decimal, shift: int = 0) -> str:
        """A value (stored units) in the cell's own way of printing, with further decimals where its digits need them."""
        printed = value / self.factor
        needed = max(0, -int(printed.normalize().as_tuple().exponent))
        decimals = max(needed, min(self.decimals, self.decimals - shift))
        return f"{printed:{',' if self.commas else ''}.{decimals}f}{self.suffix}"


def bare(value: Decimal, factor: Decimal) -> str:
    """A value (stored units) in printed units, its digits alone."""
    return f"{(value / factor).normalize():f}"


def read(printed: str, value: Decimal, factor: Decimal) -> Figure:
    """A cell's figure; from the value's own digits where the text is not that value (factor: stored units per printed unit)."""
    match = NUMBER.fullmatch(plain(printed))
    if not match or Decimal(match[1] + match[2].replace(",", "") + (match[3] or "")) * factor != value:
        match = NUMBER.fullmatch(bare(value, factor))
    sign, whole, fraction, suffix = match.groups()
    decimals = len(fraction or ".") - 1
    digits = whole.replace(",", "") + (fraction or "")[1:]
    return Figure(value, factor, int(digits), len(digits), decimals, -1 if sign == "-" else 1, "," in whole, suffix or "")


def undone(figure: Figure, least: Decimal, greatest: Decimal, pinned: bool, counted: bool) -> Iterator[Slip]:
    """The slips whose undoing changes the figure by least..greatest (stored units), in O(digits).

    `pinned`: by an equality; otherwise almost any digit would do, and none is tried. `counted`: it stays whole.
    Nor is a digit tried at a place whose nine digits the tolerance covers: mistyped alone, it would have broken nothing.
    """
    yield from _shifted(figure, least, greatest, pinned, counted)
    if figure.value and least <= -2 * figure.value <= greatest:
        yield Slip("sign", -figure.value, figure.text(-figure.value))
    last = figure.sign * figure.factor.scaleb(-figure.decimals)  # what one in the last digit is worth
    low, high = sorted((least / last, greatest / last))
    numbers = [("swapped", number) for number in _swapped(figure) if low <= number - figure.number <= high]
    if pinned:
        first = figure.number + int(low.to_integral_value(ROUND_CEILING))
        final = figure.number + int(high.to_integral_value(ROUND_FLOOR))
        numbers += [("digit", number) for number in _mistyped(figure, first, final)]
        numbers += [("digit_count", number) for number in _miscounted(figure, first, final)]
    for kind, number in numbers:
        value = number * last + 0  # no minus before a zero
        yield Slip(kind, value, figure.text(value))


def _shifted(figure: Figure, least: Decimal, greatest: Decimal, pinned: bool, counted: bool) -> Iterator[Slip]:
    """x · 10^k, k = ±1 … ±8, exactly: with the point put back there may be more decimals. Where nothing pins k, the smallest."""
    if counted:  # persons and households have no decimal point and no 万元: at most a nought too many
        value = figure.value / 10
        if pinned and value and value == value.to_integral_value() and least <= value - figure.value <= greatest:
            yield Slip("digit_count", value, figure.text(value))
        return
    found = False
    for k in SHIFTS if figure.value else ():
        value = figure.value.scaleb(k)
        if not least <= value - figure.value <= greatest:
            continue
        if abs(k) == 4 or pinned or not found:
            yield Slip("unit" if abs(k) == 4 else "power_of_ten", value, figure.text(value, k), k)
        found = True


def _leads(number: int, size: int, decimals: int) -> bool:
    """Whether nobody would have printed fewer digits: no zero in front, except the one before the point."""
    return size == decimals + 1 or number >= 10 ** (size - 1)


def _told_apart(places: range, low: int, high: int) -> Iterator[int]:
    """The places whose nine digits reach further than the tolerance, which is half of low..high."""
    return (p for p in places if 2 * 9 * 10**p > high - low)


def _swapped(figure: Figure) -> Iterator[int]:
    """Two neighbouring digits a, b at 10^(p+1), 10^p exchanged: n + 9 (b − a) 10^p. The decimal point is no digit."""
    for p in range(figure.size - 1):
        a, b = figure.number // 10 ** (p + 1) % 10, figure.number // 10**p % 10
        number = figure.number + 9 * (b - a) * 10**p
        if a != b and _leads(number, figure.size, figure.decimals):
            yield number


def _mistyped(figure: Figure, low: int, high: int) -> Iterator[int]:
    """One digit exchanged: n + (new − old) 10^p within low..high, which leaves each place few new digits or none."""
    for p in _told_apart(range(figure.size), low, high):
        old = figure.number // 10**p % 10
        least, most = old - (figure.number - low) // 10**p, old + (high - figure.number) // 10**p
        for new in range(max(0, least), min(9, most) + 1):
            number = figure.number + (new - old) * 10**p
            if new != old and _leads(number, figure.size, figure.decimals):
                yield number


def _miscounted(figure: Figure, low: int, high: int) -> Iterator[int]:
    """One digit too few (any digit put back) or one doubled (taken out), before the point: the decimals stay as many as they are."""
    for p in _told_apart(range(figure.decimals, figure.size + 1), low, high):
        head, tail = divmod(figure.number, 10**p)
        base = head * 10 ** (p + 1) + tail
        for new in range(max(0, -((base - low) // 10**p)), min(9, (high - base) // 10**p) + 1):
            if _leads(base + new * 10**p, figure.size + 1, figure.decimals):
                yield base + new * 10**p
        number = head // 10 * 10**p + tail
        if p < figure.size - 1 and head % 10 == head // 10 % 10 and low <= number <= high:
            yield number
