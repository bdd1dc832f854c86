"""In which unit a table's figures stand: the heading says it, else a row of units under the headings, else the line above.

What is said twice differently, or for one column and not its sibling, is a problem and never a choice.
"""

import re
from typing import TYPE_CHECKING

from .contract import Column
from .values import UNITS, family, known_unit, plain
from .workbook import Sheet

if TYPE_CHECKING:
    from .rows import Table

# 填报单位：三元镇 names a town, not a unit
UNIT_LINE = re.compile(
    r"(填报|统计|编制|报送|主管|责任|填表|上报|编报|牵头|实施|帮扶|负责|所在)?(?:计量|金额|货币|数量)?单位[:：]\s*"
    r"((?:[^\s:：]+(?:\s+(?!\S*[:：]))?)+)"
)
BRACKETS = re.compile(r"[(\[【〔]([^()\[\]【】〔〕]*)[)\]】〕]")
SEPARATORS = re.compile(r"[、,，;；/和及\s]+")
MONEY_WORD = re.compile(r"元$|^[十百千万亿仟佰]+$|^(?:RMB|¥|角|分)$")
PER_HEAD = re.compile(r"(?<=元)/(?:人次|人|户|年|月|生|学期|次)")
LABELS = {"", "单位", "计量单位"}


class NoUnit(Exception):
    """Units that cannot be told. `cell` is zero-based."""

    def __init__(self, rule: str, message: str, cell: tuple[int, int]):
        super().__init__(message)
        self.rule, self.cell = rule, cell


def _units_in(text: str) -> tuple[list[str], list[str]]:
    """The units that a text lists, and what among it looks like money and is none."""
    words = [w.strip("()[]【】.。") for w in SEPARATORS.split(PER_HEAD.sub("", re.sub(r"\(?人民币\)?", "", text)))]
    known = [u for w in words if w and (u := known_unit(w))]
    return known, [w for w in words if w and not known_unit(w) and MONEY_WORD.search(w) and len(w) <= 6]


def _line_units(lines: list[str]) -> dict[str, set[str]]:
    """Units by family that the lines state. Raises ValueError naming a word for money that is no unit."""
    stated: dict[str, set[str]] = {}
    for line in lines:
        for owner, listed in UNIT_LINE.findall(line):
            known, strange = _units_in("" if owner else listed)
            if strange:
                raise ValueError(strange[0])
            for unit in known:
                stated.setdefault(family(unit), set()).add(unit)
    return stated


def _heading_unit(parts: tuple[str, ...]) -> str | None:
    """万元 of 总费用(万元), the leaf before its group. Raises ValueError naming a word for money that is no unit."""
    for part in reversed(parts):
        for bracketed in reversed(BRACKETS.findall(part)):
            known, strange = _units_in(bracketed.removeprefix("单位:"))
            if strange or len(set(known)) > 1:
                raise ValueError(bracketed)
            if known:
                return known[0]
    return None


def is_unit_row(sheet: Sheet, row: int, columns: dict[int, Column]) -> dict[int, str]:
    """The units by column of a row that holds nothing else; {} for any other row."""
    cells = {c: plain(sheet.at(row, c)).strip("()") for c in columns}
    figures = {c: u for c, u in cells.items() if u and columns[c].is_figure}
    others = {u for c, u in cells.items() if not columns[c].is_figure}
    alone = figures and all(known_unit(u) for u in figures.values()) and all(u in LABELS or known_unit(u) for u in others)
    return {c: known_unit(u) for c, u in figures.items()} if alone else {}


def state_units(sheet: Sheet, table: "Table") -> None:
    """Give each figure its unit. `table.units` holds the heading's texts on entry. Raises NoUnit."""
    parts, place = table.units, (table.top, table.left)
    try:
        table.units = {c: _heading_unit(parts[c]) for c in table.columns}
        # a table below others may leave it to the lines above the sheet's first
        stated = {**_line_units(table.sheet_lines), **_line_units(table.lines)}
    except ValueError as word:
        raise NoUnit("L05", f"不认识计量单位“{word}”：请写元、万元或亿元", place) from None
    under = is_unit_row(sheet, table.body, table.columns)
    for column, unit in under.items():
        if table.units[column] not in (None, unit):
            raise NoUnit("L05", f"列名里的单位是{table.units[column]}，下面单位行是{unit}：请改成一致", (table.body, column))
        table.units[column] = unit
    table.body += bool(under)
    money = [c for c, column in table.columns.items() if column.unit == "元"]
    unstated = [c for c in money if not table.units[c]]
    if "元" not in stated and unstated and len(unstated) < len(money):
        raise NoUnit("L05", "同表其他金额列写明了单位，这一列没有：请在列名后加（元）或（万元）", (table.top, unstated[0]))
    for position, column in table.columns.items():
        if column.unit and not table.units[position]:
            choices = sorted(stated.get(family(column.unit), ()))
            if len(choices) > 1:
                raise NoUnit("L05", f"单位行写了{'和'.join(choices)}，看不出这一列用哪个：请写在列名后", (table.top, position))
            table.units[position] = choices[0] if choices else None
    for position in table.columns:
        unit = table.units[position]
        if unit and table.columns[position].unit and family(unit) != UNITS[table.columns[position].unit][0]:
            raise NoUnit("L05", f"计量单位应为{table.columns[position].unit}，列名或单位行写的是{unit}", (table.top, position))
