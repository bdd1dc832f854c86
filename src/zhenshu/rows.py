"""Each row below a header told apart: a record, a total, an item of 其中, a note, a remark.

Every filled cell below a header is loaded, belongs to a column that is never loaded, or is named as a problem.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from .contract import EXAMPLE_MARK, Column, Form
from .headers import is_number
from .values import plain
from .workbook import Sheet

TOTAL_WORDS = {"合计", "总计", "共计", "总数", "全乡合计", "全镇合计", "乡镇合计", "本页合计", "合计数"}
SUBTOTAL_WORDS = {"小计", "本页小计", "分计"}
PLACE_TOTAL = re.compile(r"^.{0,8}(?:乡|镇|村|社区|街道|区|县)(?:合计|总计|共计|小计)$")
SIGNATURE = (
    r"(?:填表|制表|填报|审核|复核|经办|联系|单位负责|负责)人?|(?:分管|主要|带队)领导|联系电话|电话|填报单位"
    r"|(?:填表|填报|制表)(?:日期|时间|说明)|签字|盖章"
)
NOTE = re.compile(rf"^\(?(?:(?:{SIGNATURE}|备注|说明)\s*(?::|$)|(?:{SIGNATURE})\(|注\s*\d*[:.、(]|注$|\*?注意)")
NOTE_INITIALS = set("(填制审复经联单负分主带电签盖备说注*")
SECTION = re.compile(r"^(?:[一二三四五六七八九十]+、|\([一二三四五六七八九十]+\)|第[一二三四五六七八九十]+部分)")
# how a total, a note, a section or an example begins; every other row of a ledger is a record
TELLING_INITIALS = NOTE_INITIALS | set("其第(一二三四五六七八九十") | set(EXAMPLE_MARK[:1])


@dataclass(slots=True)
class Row:
    """One row of a table: its zero-based number and its kind (detail, total, of_which)."""

    number: int
    kind: str


@dataclass
class Remark:
    """Something to say about a cell of a table, by rule."""

    rule: str
    message: str
    row: int
    column: int
    severity: str


@dataclass
class Table:
    """One table of a sheet: the form it is, its columns' positions and stated units, and its rows."""

    form: Form
    top: int
    body: int
    columns: dict[int, Column]
    units: dict[int, str | None]
    reach: tuple[int, int]
    unloaded: set[int]
    lines: list[str] = field(default_factory=list)
    sheet_lines: list[str] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    town_column: int | None = None
    is_blank_form: bool = False

    @property
    def left(self) -> int:
        return min(self.columns)


def is_note(texts: list[str]) -> bool:
    """A note or a line of signatures: its first cell says so, or several do; one remark among data does not."""
    alike = [t for t in texts if t[0] in NOTE_INITIALS]
    return bool(alike) and (bool(NOTE.match(texts[0])) or sum(bool(NOTE.match(t)) for t in alike) > 1)


def figure_like(text: str) -> bool:
    return bool(re.fullmatch(r"[\d.,%-]+", text))


def total_of(label: str, column: Column | None) -> str | None:
    """What a label is the total of: '' for all, 县内 for 县内合计; None for a label that says no total.

    甲村小计 says one in a column of places or codes; in free text it may be a name.
    """
    if not label or label[-1] not in "计数":
        return None
    if label in TOTAL_WORDS | SUBTOTAL_WORDS:
        return ""
    if column is not None and (column.name == "village" or column.values):
        part = label[:-2] if label[-2:] in {"合计", "总计", "共计", "小计"} else None
        if part in column.values or part in column.spellings:
            return part
        return "" if PLACE_TOTAL.match(label) else None
    return None


def classify(sheet: Sheet, table: Table, top: int, end: int) -> None:
    """Sort the rows below a header into details, totals, 其中 items and remarks; fill `table.rows` and `table.remarks`."""
    labels = {c for c, column in table.columns.items() if not column.is_figure} | {table.town_column}
    closed = False
    strays: dict[int, list[int]] = {}
    ordinary = _ordinary(sheet, table, top, end, labels)
    for number in range(top, end):
        if number in ordinary:
            table.rows.append(Row(number, "of_which" if closed else "detail"))
            continue
        row = sheet.rows[number]
        filled = [(c, t) for c in range(table.reach[0], min(table.reach[1], len(row))) if (v := row[c]) != "" and (t := plain(v))]
        if not filled or is_note([t for _, t in filled]) or _is_outside(table, number, filled):
            continue
        if any(t.startswith(EXAMPLE_MARK) for c, t in filled if c not in table.columns):
            table.is_blank_form = True
            continue
        said = {c: t.replace(" ", "") for c, t in filled if c in labels}
        if sheet.anchor:
            said.update({c: plain(sheet.merged(number, c)).replace(" ", "") for c in labels if (number, c) in sheet.anchor})
        outer = filled[0][1].replace(" ", "")
        if any(total_of(t, table.columns.get(c)) is not None for c, t in said.items()) or (outer in TOTAL_WORDS | SUBTOTAL_WORDS):
            words = {t for t in said.values() if t} | ({outer} if filled[0][0] not in table.columns else set())
            grand = all(t in TOTAL_WORDS for t in words) and any(r.kind == "detail" for r in table.rows)
            if grand and closed and table.rows[-1].kind == "of_which":
                table.remarks.append(Remark("L11", "两个合计之间的行算作“其中”，不参与相加：请核实", number, filled[0][0], "warning"))
            table.rows.append(Row(number, "total"))
            # records of a ledger go on after a page's total; below a summary's total stand parts of it
            closed = closed or (grand and table.form.kind == "summary")
            continue
        if _is_remark(filled, table):
            _remark(table, number, filled[0])
            continue
        for column, _ in filled:
            if column not in table.columns and column not in table.unloaded:
                strays.setdefault(column, []).append(number)
        if _is_numbered_subtotal(table, filled, said):
            table.remarks.append(Remark("L14", "章节行带有数，按小计处理，未计入明细：请核实", number, filled[0][0], "warning"))
            table.rows.append(Row(number, "total"))
            continue
        if not any(c in table.columns for c, _ in filled):
            continue
        of_which = closed or outer.startswith("其中") or (table.form.kind == "summary" and any(t.startswith("其中") for t in said.values()))
        table.rows.append(Row(number, "of_which" if of_which else "detail"))
    _name_strays(sheet, table, strays)


@lru_cache(maxsize=1 << 14)
def _is_telling(cell: str) -> bool:
    """Whether a word begins or ends as a total, a note, a section or an example may."""
    text = plain(cell)
    bare = text.replace(" ", "")
    if not bare or bare[-1] in "计数":
        return bool(bare)
    if text[0] not in TELLING_INITIALS and bare[0] not in TELLING_INITIALS:
        return False
    return bare.startswith(("其中", EXAMPLE_MARK)) or bool(SECTION.match(text) or NOTE.match(text))


def _ordinary(sheet: Sheet, table: Table, top: int, end: int, labels: set[int | None]) -> set[int]:
    """The rows that can only be records: two different texts under headings, and no cell that tells of anything else.

    A sieve by columns, so that only the others are looked at one by one; looked at, each of these would be found a record too.
    """
    if len(table.columns) < 2 or end - top < 2:
        return set()
    told: set[int] = set()
    for column in range(table.reach[0], min(table.reach[1], len(sheet.columns))):
        if column in table.columns or column in table.unloaded:
            telling = set(filter(_is_telling, sheet.words[column]))
        else:
            telling = {cell for cell in set(sheet.columns[column][top:end]) if cell != "" and plain(cell)}
        if telling:
            told.update(sheet.rows_of(column, telling))
    for row in sheet.merged_rows.intersection(range(top, end)):
        if any((row, c) in sheet.anchor and _is_telling(plain(sheet.merged(row, c))) for c in labels):
            told.add(row)
    fullest = sorted((sheet.column(c)[top:end] for c in table.columns), key=lambda cells: cells.count(""))[:2]
    pairs = enumerate(zip(*map(_shown, fullest), strict=True), top)
    return {row for row, (x, y) in pairs if x and y and x != y and row not in told}


def _shown(cells: tuple[object, ...]) -> Iterable[str]:
    """What each cell shows, each different one made out once."""
    if bool in set(map(type, cells)):  # True is equal to 1 and shows 是
        return map(plain, cells)
    return map({cell: plain(cell) for cell in set(cells)}.get, cells)


def _is_outside(table: Table, number: int, filled: list[tuple[int, str]]) -> bool:
    """Whether a row holds nothing but serial numbers and words beside the table's columns."""
    if any(c in table.columns for c, _ in filled) or any(c not in table.unloaded and figure_like(t) for c, t in filled):
        return False
    if len(filled) > 1 or not figure_like(filled[0][1]):  # a serial number alone says nothing
        _remark(table, number, filled[0])
    return True


def _is_numbered_subtotal(table: Table, filled: list[tuple[int, str]], said: dict[int, str]) -> bool:
    """一、产业项目 500 in a ledger: a heading of a section with the section's sum beside it."""
    required = [c for c, column in table.columns.items() if column.required and not column.is_figure]
    return table.form.kind == "ledger" and bool(SECTION.match(filled[0][1])) and sum(bool(said.get(c)) for c in required) <= 1


def _is_remark(filled: list[tuple[int, str]], table: Table) -> bool:
    """A lone text that is neither a figure nor a code of its column: a line of prose or a section title."""
    if len({t for _, t in filled}) > 1 or (len(table.columns) == 1 and filled[0][0] in table.columns):
        return False
    column = table.columns.get(filled[0][0])
    if column is None:
        return not figure_like(filled[0][1])
    text = filled[0][1]
    return not column.is_figure and column.type == "text" and text not in column.values and text not in column.spellings


def _remark(table: Table, number: int, cell: tuple[int, str]) -> None:
    if not SECTION.match(cell[1]):
        message = "这一行只有一处文字，不像数据，未入库：如是数据请填全"
        table.remarks.append(Remark("L06", message, number, cell[0], "notice"))


def _name_strays(sheet: Sheet, table: Table, strays: dict[int, list[int]]) -> None:
    """Cells beside a table's rows that stand under no heading: never loaded, never silently so."""
    for column, rows in strays.items():
        cells = [sheet.at(r, column) for r in rows]
        if [plain(c) for c in cells] == [str(i) for i in range(1, len(cells) + 1)] and column < table.left:
            continue  # serial numbers without a heading
        number = any(is_number(c) or figure_like(plain(c)) for c in cells)
        message = f"这里没有列名，共 {len(rows)} 格未入库：" + ("请补上列名或删去" if number else "如是数据请补上列名")
        table.remarks.append(Remark("L09", message, rows[0], column, "error" if number else "notice"))
