"""Where a sheet's tables are: headers found by their headings, each row below told apart as data, total, note or remark.

Positions mean nothing here, headings everything: a clerk may put a table anywhere, under titles, beside notes.
Every filled cell below a header is loaded, belongs to a column that is never loaded, or is named as a problem.
"""

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

from .contract import Column, Form, heading_key
from .headers import LABELLED, LEVELS, Header, belongs, extended, headers_at, is_number, known_headings, nearest, nearly
from .units import NoUnit, state_units
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
INDEX_LABELS = {"甲", "乙", "丙", "丁", "戊", "栏次", "列次", "序号", "A", "B", "C", "D"}
ADVICE_SHEETS = re.compile(r"说明|目录|封面|须知|示例|字典|Evaluation Warning")


@dataclass
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

    @property
    def left(self) -> int:
        return min(self.columns)


class NotATable(Exception):
    """A sheet in which no form can be found, or whose headings are not the form's. `cell` is zero-based or None."""

    def __init__(self, rule: str, message: str, cell: tuple[int, int] | None = None, form: Form | None = None):
        super().__init__(message)
        self.rule, self.cell, self.form = rule, cell, form


def _text(cell: object) -> str:
    """A title cell as words: a date in it as Chinese dates are written, a bare number as nothing."""
    if isinstance(cell, dt.date):
        return f"{cell.year}年{cell.month}月{cell.day}日"
    return plain(cell) if isinstance(cell, str) else ""


def text_lines(sheet: Sheet, top: int, bottom: int, reach: tuple[int, int] | None = None) -> list[str]:
    """The words of each row from `top` up to `bottom`; of the columns in reach, where any of these says something."""
    lines = []
    for row in sheet.rows[top:bottom]:
        cells = [_text(c) for c in row]
        near = " ".join(filter(None, cells[slice(*reach)])) if reach else ""
        line = near or " ".join(filter(None, cells))
        if line:
            lines.append(line)
    return lines


def _leaf_counts(sheet: Sheet, forms: list[Form]) -> list[int]:
    """How many cells of each row read like a heading; a cheap sieve before headers are matched in full."""
    leaves = {heading.rsplit("/", 1)[-1] for form in forms for heading in form.headings}
    key = cache(heading_key)
    # most cells of a ledger begin with a character that no heading begins with
    initials = {leaf[0] for leaf in leaves} | set(" \u3000\r\n\t\ufeff\u200b*(（")
    return [sum(isinstance(c, str) and c[:1] in initials and len(c) < 40 and key(c) in leaves for c in row) for row in sheet.rows]


def _named_forms(text: str, forms: list[Form]) -> list[Form]:
    """The forms whose sheet names a text holds, the longest name's only."""
    key = heading_key(text)
    found = [(len(s), f) for f in forms for s in f.sheets if s in key]
    longest = max((length for length, _ in found), default=0)
    return [f for length, f in found if length == longest]


def _hints(texts: list[str], forms: list[Form]) -> list[Form]:
    return next((found for text in texts if (found := _named_forms(text, forms))), [])


def _title_top(sheet: Sheet, top: int, floor: int) -> int:
    """The first of the title lines directly above a header that is not the sheet's first: lone texts, unit and period lines."""
    first = top
    while first > floor:
        cells = [c for c in sheet.rows[first - 1] if c != "" and plain(c)]
        texts = [_text(c) for c in cells]
        single = len(set(texts)) == 1 or any(LABELLED.match(t) for t in texts)
        if not single or any(is_number(c) or _figure_like(plain(c)) for c in cells) or _is_note(texts):
            break
        first -= 1
    return first


def _is_note(texts: list[str]) -> bool:
    """A note or a line of signatures: its first cell says so, or several do; one remark among data does not."""
    alike = [t for t in texts if t[0] in NOTE_INITIALS]
    return bool(alike) and (bool(NOTE.match(texts[0])) or sum(bool(NOTE.match(t)) for t in alike) > 1)


def _figure_like(text: str) -> bool:
    return bool(re.fullmatch(r"[\d.,%-]+", text))


def find_headers(sheet: Sheet, forms: list[Form], hints: Callable[[int], list[Form]]) -> list[list[Header]]:
    """The headers of a sheet from the top down, those side by side together."""
    leaves = _leaf_counts(sheet, forms)

    def at(row: int) -> list[Header]:
        if row >= len(sheet.rows) or sum(leaves[row : row + len(LEVELS)]) < 2:
            return []
        texts = {_text(c) for c in sheet.rows[row]} - {""}
        if len(texts) < 2 or any(LABELLED.match(t) for t in texts):
            return []
        return headers_at(sheet, forms, hints(row), row)

    found: list[list[Header]] = []
    row = 0
    while row < len(sheet.rows):
        here = at(row)
        below = at(row + 1) if here else []
        size, size_below = (sum(len(h.columns) - len(h.unknown) for h in headers) for headers in (here, below))
        if here and not (size_below > size or (size_below == size and not any(belongs(sheet, h) for h in here))):
            found.append([extended(sheet, here[0])] if len(here) == 1 else here)
            row += max(h.levels for h in here)
        else:
            row += 1
    return found


def find_tables(sheet: Sheet, file_stem: str, forms: dict[str, Form]) -> tuple[list[Table], list[NotATable]]:
    """Every table of a sheet, top down, and what looks like one but must be refused: a heading is unknown or missing."""
    every = list(forms.values())

    def hints(row: int) -> list[Form]:
        above = text_lines(sheet, max(0, row - 4), row)
        return _hints([*reversed(above), sheet.name, file_stem], every)

    found = find_headers(sheet, every, hints)
    # a lone pair of words that fits no form is a header only where nothing better is
    sure = [[h for h in level if h.hinted or h.clean or len(h.columns) > 2] for level in found]
    levels = [level for level in sure if level] or found
    if not levels:
        form = next(iter(_hints([sheet.name, *text_lines(sheet, 0, 3), file_stem], every)), None)
        if ADVICE_SHEETS.search(sheet.name) and form is None:
            return [], []
        if form and (header := nearly(sheet, form)):
            return _tables(sheet, [[header]])
        unknown = "认不出这是哪张表：工作表名和表头都不在表单目录里，不用报的表请删去"
        return [], [NotATable("L01", f"找不到表头，列名应有：{known_headings(form)}" if form else unknown, None, form)]
    return _tables(sheet, levels)


def _tables(sheet: Sheet, levels: list[list[Header]]) -> tuple[list[Table], list[NotATable]]:
    tables: list[Table] = []
    refused: list[NotATable] = []
    above: list[Table] = []
    for n, level in enumerate(levels):
        floor = levels[n - 1][0].body if n else 0
        title = _title_top(sheet, level[0].top, floor) if n else 0
        below = levels[n + 1][0] if n + 1 < len(levels) else None
        end = _title_top(sheet, below.top, level[0].body) if below else len(sheet.rows)
        here: list[Table] = []
        for k, header in enumerate(level):
            reach = (min(header.parts) if k else 0, min(level[k + 1].parts) if k + 1 < len(level) else 1 << 20)
            if title == header.top and (former := _continued(above, header)):
                _classify(sheet, former, header.body, end)  # a header repeated on the next printed page
                here.append(former)
                continue
            try:
                table = _table(header, reach)
                groups = sorted({text for parts in header.parts.values() for text in parts[:-1]})
                table.lines = text_lines(sheet, title, header.top, reach if len(level) > 1 else None) + groups
                table.sheet_lines = tables[0].lines if tables else []
                state_units(sheet, table)
            except (NotATable, NoUnit) as why:
                refused.append(why if isinstance(why, NotATable) else NotATable(why.rule, str(why), why.cell, header.form))
                continue
            _skip_index_row(sheet, table)
            _classify(sheet, table, table.body, end)
            here.append(table)
            tables.append(table)
        above = here
    return tables, refused


def _continued(above: list[Table], header: Header) -> Table | None:
    return next((t for t in above if t.form is header.form and list(t.columns) == list(header.columns)), None)


def _table(header: Header, reach: tuple[int, int]) -> Table:
    """An empty table of the header's columns. Raises NotATable where the headings are not the form's."""
    form, last = header.form, header.body - 1
    for column in header.unknown:
        named = "/".join(header.parts[column])
        raise NotATable("L02", f"“{form.title}”里没有列名“{named}”{nearest(header.parts[column], form)}", (last, column), form)
    for column in header.repeated:
        raise NotATable("L03", f"列名“{'/'.join(header.parts[column])}”与别的列重复，请删去或改名", (last, column), form)
    if header.missing:
        absent = "、".join(c.header for c in header.missing)
        raise NotATable("L04", f"“{form.title}”缺少必填的列：{absent}", (last, header.left), form)
    unloaded = header.parts.keys() - header.columns.keys()
    table = Table(form, header.top, header.body, header.columns, {}, reach, unloaded, town_column=header.town_column)
    table.units = {c: header.parts[c] for c in header.columns}
    for column in header.personal:
        message = "这一列是个人联系方式或账号，按规定不入库"
        table.remarks.append(Remark("L13", message, last, column, "notice"))
    return table


def _skip_index_row(sheet: Sheet, table: Table) -> None:
    """甲 1 2 3 under the headings numbers the columns; loaded, it would be figures."""
    cells = [plain(sheet.at(table.body, c)) for c in sorted(table.columns)]
    numbers = [int(c) for c in cells if c.isascii() and c.isdigit()]
    labels = {c for c in cells if not (c.isascii() and c.isdigit())}
    running = bool(numbers) and numbers == list(range(numbers[0], numbers[0] + len(numbers))) and numbers[0] <= 2
    if running and labels <= INDEX_LABELS and (labels or len(numbers) > 2):
        table.remarks.append(Remark("L12", "这一行是栏次，不是数据，未入库", table.body, table.left, "notice"))
        table.body += 1


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


def _classify(sheet: Sheet, table: Table, top: int, end: int) -> None:
    """Sort the rows below a header into details, totals, 其中 items and remarks; fill `table.rows` and `table.remarks`."""
    labels = {c for c, column in table.columns.items() if not column.is_figure} | {table.town_column}
    closed = False
    strays: dict[int, list[int]] = {}
    for number in range(top, end):
        row = sheet.rows[number]
        filled = [(c, t) for c in range(table.reach[0], min(table.reach[1], len(row))) if (v := row[c]) != "" and (t := plain(v))]
        if not filled or _is_note([t for _, t in filled]) or _is_outside(table, number, filled):
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


def _is_outside(table: Table, number: int, filled: list[tuple[int, str]]) -> bool:
    """Whether a row holds nothing but serial numbers and words beside the table's columns."""
    if any(c in table.columns for c, _ in filled) or any(c not in table.unloaded and _figure_like(t) for c, t in filled):
        return False
    if len(filled) > 1 or not _figure_like(filled[0][1]):  # a serial number alone says nothing
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
        return not _figure_like(filled[0][1])
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
        number = any(is_number(c) or _figure_like(plain(c)) for c in cells)
        message = f"这里没有列名，共 {len(rows)} 格未入库：" + ("请补上列名或删去" if number else "如是数据请补上列名")
        table.remarks.append(Remark("L09", message, rows[0], column, "error" if number else "notice"))
