"""The smallest explanation of a broken identity: one cell which, typed as clerks mistype, would mend it.

Nothing is applied: a figure changes only by a row in correction.csv. What is found here tells a person where to look first.

Source: error localisation changes the fewest fields so that every edit holds (Fellegi & Holt 1976, JASA 71, 17–35); a change counts only
where a slip of the hand leads to it, since only that says what the figure was (Scholtus 2008 and 2009, see slips.py).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, localcontext
from typing import NamedTuple

from . import slips
from .slips import KINDS, SIMPLICITY, Slip
from .values import plain

PRECISION = 60  # digits: the longest figure scaled by 10^8 and over a coefficient, and every sum of such
SHOWN = 5  # ties named in a sentence; the rest are counted


@dataclass(frozen=True)
class Cell:
    """One figure of a table. `value` is in stored units (元, 人, a share), None when blank; `printed` is the cell's text.

    `factor`: stored units per printed unit (10000 for 万元, 0.01 for %).
    `half_unit`: half of the last digit printed, in stored units; 0 for counts, which stay whole.
    `neighbours`: what the same figure is in the periods before and after, which speaks for an explanation that gives just that.
    """

    id: str
    value: Decimal | None
    printed: str
    factor: Decimal
    half_unit: Decimal
    label: str
    neighbours: frozenset[Decimal] = frozenset()


@dataclass(frozen=True)
class Check:
    """An identity over cells: d = Σ coefficient · value + constant, with |d| ≤ tolerance ("=") or d ≥ −tolerance (">="), in stored units.

    A term whose id no cell has is a part that is missing, and counts as blank.
    """

    id: str
    operator: str
    terms: list[tuple[str, Decimal]]
    constant: Decimal
    tolerance: Decimal


@dataclass(frozen=True)
class Explanation:
    """That `cell` should hold `value` (stored units), which its clerk would have printed as `printed`, instead of `found`.

    `mends`: failed checks that then hold, `check` among them. `breaks`: checks that fail only then. `is_tie`: another one is as good.
    `is_usual`: the value is the same figure's in a neighbouring period.
    """

    check: str
    cell: str
    kind: str
    value: Decimal
    printed: str
    mends: int
    breaks: int
    found: str
    is_tie: bool = False
    is_usual: bool = False


class Sum(NamedTuple):
    """A check with its terms added up: `d` over the cells that are not blank, in stored units."""

    check: Check
    terms: dict[str, Decimal]
    d: Decimal
    blanks: list[str]

    def holds(self, d: Decimal, tolerance: Decimal) -> bool:
        return d >= -tolerance and (self.check.operator == ">=" or d <= tolerance)

    def stands(self) -> bool:
        return self.holds(self.d, self.check.tolerance)

    def room(self, coefficient: Decimal) -> tuple[Decimal, Decimal]:
        """(least, greatest) change of a cell, in stored units, that mends the check: for "=" (−d ± tolerance) / c.

        For ">=" from (−d − tolerance) / c to −2 d / c: on the good side it leaves no wider gap than it closes. Otherwise ten times the
        greater side, or the lesser one with a minus, would explain every inequality there is.
        """
        near, far = -self.d - self.check.tolerance, self.check.tolerance - self.d
        if self.check.operator == ">=":
            far = -2 * self.d
        near, far = near / coefficient, far / coefficient
        return min(near, far), max(near, far)


def explain(cells: Iterable[Cell], checks: Iterable[Check]) -> dict[str, list[Explanation]]:
    """The explanations of every failed check, best first; an empty list where no slip in one cell explains it.

    A check with one blank is in the answer only when a figure in the blank would complete it.
    Time: O(cells of failed checks × digits) to find candidates, since the change that a check needs leaves each digit few values or none;
    then O(checks that hold the cell) for each. At worst O(checks × cells × transforms), with some 10 transforms a digit.
    """
    with localcontext(prec=PRECISION):
        known = {cell.id: cell for cell in cells}
        sums = [_added_up(check, known) for check in checks]
        places: dict[str, list[Sum]] = defaultdict(list)
        for each in sums:
            for cell in each.terms:
                places[cell].append(each)
        found: dict[str, list[Explanation]] = {s.check.id: [] for s in sums if not s.blanks and not s.stands()}
        for cell, slip in _candidates(sums, known):
            for each in _explanations(cell, slip, places[cell.id]):
                found.setdefault(each.check, []).append(each)
        return {s.check.id: _ranked(found[s.check.id]) for s in sums if s.check.id in found}


def _added_up(check: Check, known: Mapping[str, Cell]) -> Sum:
    terms: dict[str, Decimal] = defaultdict(Decimal)
    for cell, coefficient in check.terms:
        terms[cell] += coefficient
    terms = {cell: coefficient for cell, coefficient in terms.items() if coefficient}
    values = {cell: known[cell].value if cell in known else None for cell in terms}
    d = sum((terms[cell] * value for cell, value in values.items() if value is not None), check.constant)
    return Sum(check, terms, d, [cell for cell, value in values.items() if value is None])


def _candidates(sums: list[Sum], known: Mapping[str, Cell]) -> Iterable[tuple[Cell, Slip]]:
    """Every slip that would mend some check, each once."""
    figures: dict[str, slips.Figure] = {}
    found: dict[tuple[str, str, Decimal], tuple[Cell, Slip]] = {}
    for each in sums:
        for cell, slip in _omitted(each, known) if each.blanks else _mistyped(each, known, figures):
            found[cell.id, slip.kind, slip.value] = cell, slip
    return found.values()


def _mistyped(each: Sum, known: Mapping[str, Cell], figures: dict[str, slips.Figure]) -> Iterator[tuple[Cell, Slip]]:
    """The slips in any cell of a failed check that would mend it."""
    if each.stands():
        return
    rooms = {coefficient: each.room(coefficient) for coefficient in set(each.terms.values())}
    for name, coefficient in each.terms.items():
        cell = known[name]
        if name not in figures:
            figures[name] = slips.read(cell.printed, cell.value, cell.factor)
        counted = not cell.half_unit and cell.value == cell.value.to_integral_value()
        for slip in slips.undone(figures[name], *rooms[coefficient], pinned=each.check.operator == "=", counted=counted):
            yield cell, slip


def _omitted(each: Sum, known: Mapping[str, Cell]) -> Iterator[tuple[Cell, Slip]]:
    """The only blank of an equality, where it cannot have meant nothing: −d / c, in stored units; never a negative figure."""
    if len(each.blanks) > 1 or each.check.operator != "=" or each.stands():
        return
    name = each.blanks[0]
    cell = known.get(name) or Cell(name, None, "", Decimal(1), Decimal(0), name)
    value = -each.d / each.terms[name]
    if value > 0 and value * each.terms[name] == -each.d:
        yield cell, Slip("omitted", value, slips.bare(value, cell.factor))


def _explanations(cell: Cell, slip: Slip, places: list[Sum]) -> Iterator[Explanation]:
    """What one candidate explains, judged over all checks that hold the cell; those with another blank stay open."""
    mended, breaks = [], 0
    for each in places:
        if each.blanks in ([], [cell.id]):
            before, after = not each.blanks and each.stands(), _stands_after(each, cell, slip)
            if after and not each.stands():
                mended.append(each.check)
            breaks += not after and (before or bool(each.blanks))
    # one that breaks as many as it mends explains nothing; an inequality alone pins no figure, so under it nothing may break
    for check in mended if breaks < len(mended) else ():
        if check.operator == "=" or not breaks:
            usual = slip.value in cell.neighbours
            yield Explanation(
                check.id, cell.id, slip.kind, slip.value, slip.printed, len(mended), breaks, plain(cell.printed), is_usual=usual
            )


def _stands_after(each: Sum, cell: Cell, slip: Slip) -> bool:
    """Whether the check holds with the slip undone, at the tolerance that its figures then have."""
    coefficient, tolerance = each.terms[cell.id], each.check.tolerance
    if slip.shift < 0:
        # with the point put back, the half unit that the figure brings into the tolerance is smaller too
        excess = abs(coefficient) * (cell.half_unit - cell.half_unit.scaleb(slip.shift))
        tolerance -= excess if tolerance >= abs(coefficient) * cell.half_unit else 0
        # shifted until it vanishes in the tolerance: zero would do as well, so its digits explain nothing
        if each.check.operator == "=" and not each.stands() and each.holds(each.d - coefficient * cell.value, tolerance):
            return False
    return each.holds(each.d + coefficient * (slip.value - (cell.value or 0)), tolerance)


def _grade(each: Explanation) -> tuple[int, bool, int, int]:
    return each.breaks - each.mends, not each.is_usual, SIMPLICITY[each.kind], each.breaks


def _ranked(found: list[Explanation]) -> list[Explanation]:
    """By breaks − mends, then the simplicity of the slip, then breaks; those equal in all three are ties, by their cells' ids.

    A value that several slips of a cell lead to counts as the simplest of them.
    """
    best: dict[tuple[str, Decimal], Explanation] = {}
    for each in sorted(found, key=lambda each: (*_grade(each), each.cell, each.value)):
        best.setdefault((each.cell, each.value), each)
    shared = Counter(map(_grade, best.values()))
    return [replace(each, is_tie=shared[_grade(each)] > 1) for each in best.values()]


def sentence(explanation: Explanation, cell_label: str) -> str:
    """What one explanation says, in Chinese, to the person who holds the voucher."""
    slip = KINDS[explanation.kind]
    if explanation.kind == "power_of_ten" and "." in explanation.printed and "." not in explanation.found:
        slip = "疑漏小数点"
    others = f"及另外 {explanation.mends - 1} 个勾稽关系" if explanation.mends > 1 else ""
    broken = f"，但有 {explanation.breaks} 个原来成立的勾稽关系不再成立" if explanation.breaks else ""
    return f"若 {cell_label}原为 {explanation.printed}（表中{_found(explanation)}，{slip}），本式{others}即成立{broken}"


def conclusion(explanations: list[Explanation], labels: Mapping[str, str]) -> str:
    """What a check's ranked explanations say together: the first one, or all that are as good as it, or that none was found.

    `labels`: cell id to the cell's name, as in B7“基本医保”.
    """
    if not explanations:
        return "未发现改动一处即可成立的填写差错，请逐项核对原始凭证"
    first = [each for each in explanations if _grade(each) == _grade(explanations[0])]
    if len(first) == 1:
        return sentence(first[0], labels[first[0].cell])
    several = "以下几处改任何一处都能成立" if len({each.cell for each in first}) > 1 else "以下几种改法任何一种都能成立"
    named = "；".join(f"{labels[each.cell]}原为 {each.printed}（表中{_found(each)}）" for each in first[:SHOWN])
    return f"{several}：{named}{f'；等 {len(first)} 处' if len(first) > SHOWN else ''}，请核对原始凭证"


def _found(each: Explanation) -> str:
    return f" {each.found}" if each.found else "为空"
